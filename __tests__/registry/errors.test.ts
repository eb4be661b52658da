/** Tests of what is made of a registry's refusal. */
import { describe, expect, test } from '@jest/globals'
import { readErrorBody, responseError } from '../../src/registry/errors.ts'
import { answerTo, requestTo } from './requests.ts'

const nginx =
  '<html>\r\n<head><title>413 Request Entity Too Large</title><style>h1 {color: red}</style></head>\r\n<body>\r\n' +
  '<script src="x">alert("1")</script><center><h1>413 Request Entity Too Large</h1></center>\r\n</body></html>'
const s3 =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>'

describe('readErrorBody reads', () => {
  test.each([
    [
      'the form of the specification',
      { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown', detail: { Tag: 'x' } }] },
      'MANIFEST_UNKNOWN: manifest unknown'
    ],
    ['a code alone', { errors: [{ code: 'DENIED' }] }, 'DENIED'],
    ['an empty message', { errors: [{ code: 'DENIED', message: '' }] }, 'DENIED'],
    ['a detail where there is no message', { errors: [{ code: 'DENIED', detail: 'why' }] }, 'DENIED: why'],
    [
      'Artifactory’s, with what it means in the detail',
      {
        errors: [
          {
            code: 'MANIFEST_INVALID',
            message: 'manifest invalid',
            detail: { description: 'HTTP 403 Forbidden' }
          }
        ]
      },
      'MANIFEST_INVALID: manifest invalid: HTTP 403 Forbidden'
    ],
    [
      'a detail that describes nothing',
      { errors: [{ code: 'A', message: 'm', detail: { description: { a: 1 } } }] },
      'A: m'
    ],
    ['Artifactory’s, without a code', { errors: [{ status: 404, message: 'Not found' }] }, 'Not found'],
    [
      'Quay’s, with spaces in the code',
      { errors: [{ code: 'METHOD NOT ALLOWED', message: 'm' }] },
      'METHOD NOT ALLOWED: m'
    ],
    [
      'zot’s, bare',
      { code: 'UNAUTHORIZED', message: 'authentication required' },
      'UNAUTHORIZED: authentication required'
    ],
    ['Docker Hub’s with details', { details: 'invalid repository name' }, 'invalid repository name'],
    ['Docker Hub’s with a message', { message: 'toomanyrequests: slow down' }, 'toomanyrequests: slow down'],
    [
      'three errors of many',
      { errors: ['A', 'B', 'C', 'D'].map(code => ({ code, message: 'm' })) },
      'A: m; B: m; C: m'
    ],
    [
      'the errors among what is none',
      { errors: [null, 1, 'x', [], {}, { code: 7, message: {} }, { code: 'A' }] },
      'A'
    ]
  ])('%s', (_what, body, said) => {
    expect(read(JSON.stringify(body))).toBe(said)
  })

  test.each([
    ['nothing', '', ''],
    ['blanks', ' \r\n\t', ''],
    ['plain text', 'Too Many Requests (HAP429).\n', 'Too Many Requests (HAP429).'],
    ['a page', nginx, '413 Request Entity Too Large 413 Request Entity Too Large'],
    ['XML', s3, 'InvalidArgument Only one auth mechanism allowed'],
    ['a page that is cut off in a tag', '<h1>502 Bad Gateway</h1><p cla', '502 Bad Gateway'],
    ['a page that is cut off in a script', '502<script>alert(', '502'],
    ['JSON that is cut off', '{"errors":[{"code":"DEN', '{"errors":[{"code":"DEN'],
    ['no errors', '{"errors":[]}', '{"errors":[]}'],
    ['bytes that are no text', Buffer.from([0xff, 0x00, 0x41]), '\uFFFD A']
  ])('what is of no such form as text: %s', (_what, body, said) => {
    expect(read(body)).toBe(said)
  })

  test.each(['true', 'false', 'null', '7'])('nothing in %s, which Quay says for a refusal', body => {
    expect(read(body)).toBe('')
  })

  test.each(['[]', '"text"', '{"errors":"none"}', '{"errors":{"code":"A"}}'])(
    'other JSON without failing: %s',
    body => {
      expect(read(body)).toBe(body)
    }
  )
})

describe('what a registry says', () => {
  const attacks = [
    '::error::mine',
    'x\n::add-mask::y',
    '##[error]mine',
    '##\u200B[error]mine',
    '##<b>[error]mine',
    '\u001B[31mred\u0007',
    '\u202Egnp.exe',
    'a\u2028::warning::b\u0085c'
  ]
  const bodies = attacks.flatMap(attack => [
    attack,
    `<p>${attack}</p>`,
    JSON.stringify({ message: attack }),
    JSON.stringify({ errors: [{ code: attack, message: attack }, { message: attack }] })
  ])

  test.each(bodies)('is one line, and no command to the runner: %j', body => {
    const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1')
    const { message } = responseError(request, answerTo(request, { status: 400, body }))
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##\[|^::/u)
    expect(message).toMatch(/mine|add-mask|red|gnp|warning/)
  })

  test.each([
    ['a text', 'x'.repeat(8192)],
    ['a message', JSON.stringify({ message: 'x'.repeat(8000) })],
    ['errors', JSON.stringify({ errors: Array(100).fill({ message: 'x'.repeat(400) }) })]
  ])('is cut where %s is long', (_what, body) => {
    const { length } = read(body)
    expect(length).toBeGreaterThanOrEqual(300)
    expect(length).toBeLessThan(1000)
  })
})

describe('responseError', () => {
  test.each([
    [400, 'REGISTRY_REJECTED'],
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'REGISTRY_REJECTED'],
    [405, 'REGISTRY_REJECTED'],
    [408, 'REGISTRY_UNAVAILABLE'],
    [409, 'REGISTRY_REJECTED'],
    [412, 'REGISTRY_REJECTED'],
    [413, 'REGISTRY_REJECTED'],
    [415, 'REGISTRY_REJECTED'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [500, 'REGISTRY_UNAVAILABLE'],
    [503, 'REGISTRY_UNAVAILABLE'],
    [599, 'REGISTRY_UNAVAILABLE'],
    [204, 'REGISTRY_REJECTED'],
    [307, 'REGISTRY_REJECTED']
  ])('of status %i has the code %s', (status, code) => {
    const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1?x=secret', { method: 'PUT' })
    const body = JSON.stringify({ errors: [{ code: 'CODE', message: 'what it said' }] })
    const error = responseError(request, answerTo(request, { status, body }))
    expect(error).toMatchObject({ code, advice: expect.stringMatching(/\.$/) })
    expect(error.message).toBe(
      `CODE: what it said (PUT https://ghcr.io/v2/acme/app/manifests/1 → status ${status.toString()})`
    )
  })

  test.each([
    ['HEAD', /HEAD/],
    ['GET', /without a word/]
  ] as const)('says of %s why nothing more is known', (method, said) => {
    const request = requestTo('https://ghcr.io/v2/', { method })
    expect(responseError(request, answerTo(request, { status: 400 })).message).toMatch(said)
  })

  // Statuses and words of tables B and 10 in what is known of registries.
  test.each([
    [
      'ECR',
      400,
      "TAG_INVALID: The image tag '1' already exists in the 'app' repository and cannot be overwritten"
    ],
    ['Harbor', 412, "PRECONDITION: Failed to process request due to 'app:1' configured as immutable."],
    ['Quay', 409, 'TAG_IMMUTABLE: tag is immutable'],
    ['ACR', 405, 'REGISTRY_DISALLOWED_OPERATION: the operation is disallowed on this registry'],
    ['Nexus', 400, 'BLOB_UPLOAD_INVALID: Repository does not allow updating assets: r'],
    ['Alibaba', 400, 'The requested tag already exists and cannot be overwritten'],
    ['Docker Hub', 403, 'DENIED: tag is immutable and cannot be overwritten']
  ])('advises where %s protects a tag', (_registry, status, said) => {
    const request = requestTo('https://registry.example/v2/acme/app/manifests/1', { method: 'PUT' })
    const { advice } = responseError(request, answerTo(request, { status, body: said }))
    expect(advice).toContain('protects this tag')
  })

  test('does not speak of protected tags where the registry does not', () => {
    const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1', { method: 'PUT' })
    const body = JSON.stringify({ errors: [{ code: 'MANIFEST_INVALID', message: 'manifest invalid' }] })
    const { advice } = responseError(request, answerTo(request, { status: 400, body }))
    expect(advice).not.toContain('protects')
  })
})

function read(body: string | Uint8Array): string {
  return readErrorBody(Buffer.from(body))
}
