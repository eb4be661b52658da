/** Tests of what is made of a registry's refusal. */
import { describe, expect, test } from '@jest/globals'
import { responseError } from '../../src/registry/errors.ts'
import { readErrorBody } from '../../src/registry/http/error-body.ts'
import { answerTo, requestTo } from './requests.ts'

const nginx =
  '<html>\r\n<head><title>413 Request Entity Too Large</title><style>h1 {color: red}</style></head>\r\n<body>\r\n' +
  '<script src="x">alert("1")</script><center><h1>413 Request Entity Too Large</h1></center>\r\n</body></html>'
const s3 =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>'

/** An answer that refuses, and what it says. */
interface Refused {
  readonly status: number
  readonly said: string
  readonly headers?: Readonly<Record<string, string>>
}

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
    [
      'Quay’s detail',
      { errors: [{ code: 'UNAUTHORIZED', message: 'access denied', detail: { error: 'Token expired' } }] },
      'UNAUTHORIZED: access denied: Token expired'
    ],
    [
      'zot’s detail',
      { errors: [{ code: 'MANIFEST_INVALID', message: 'invalid', detail: { reason: 'no config' } }] },
      'MANIFEST_INVALID: invalid: no config'
    ],
    [
      'distribution’s digest',
      {
        errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', message: 'blob unknown', detail: { digest: 'sha256:ab' } }]
      },
      'MANIFEST_BLOB_UNKNOWN: blob unknown: sha256:ab'
    ],
    [
      'a detail beside a message',
      { errors: [{ code: 'A', message: 'm', detail: 'the reason' }] },
      'A: m: the reason'
    ],
    [
      'a detail once that repeats the message',
      { errors: [{ code: 'A', message: 'it is not so', detail: 'not so' }] },
      'A: it is not so'
    ],
    ['a detail alone', { errors: [{ detail: 'the reason' }] }, 'the reason'],
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
    ['GET', /gave no error message/]
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

  const foreign =
    'UNKNOWN: unknown error: errors: MANIFEST_BLOB_UNKNOWN: blob unknown to registry: sha256:' +
    'a'.repeat(64)
  test.each<[string, Refused, string, RegExp]>([
    [
      'a quota (Harbor)',
      {
        status: 403,
        said: 'DENIED: adding 1 MiB of storage resource will exceed the configured upper limit of 1 MiB'
      },
      'REGISTRY_REJECTED',
      /quota/
    ],
    ['a quota', { status: 413, said: 'quota exceeded' }, 'REGISTRY_REJECTED', /quota/],
    [
      'a tag policy (Keppel)',
      { status: 409, said: 'DENIED: cannot overwrite tag "1" as it is protected by a tag_policy' },
      'REGISTRY_REJECTED',
      /protects this tag/
    ],
    [
      'a missing project',
      { status: 404, said: 'NOT_FOUND: project acme not found' },
      'REGISTRY_REJECTED',
      /Create the project/
    ],
    [
      'a read-only registry',
      { status: 405, said: 'UNSUPPORTED: The operation is unsupported.' },
      'REGISTRY_REJECTED',
      /pull-through/
    ],
    ['a foreign layer (distribution)', { status: 500, said: foreign }, 'REGISTRY_REJECTED', /foreign/],
    [
      'a deleted child',
      { status: 400, said: 'MANIFEST_UNKNOWN: sha256:abc' },
      'REGISTRY_REJECTED',
      /not complete/
    ],
    [
      'a secondary rate limit',
      { status: 403, said: 'slow down', headers: { 'retry-after': '60' } },
      'REGISTRY_UNAVAILABLE',
      /limits how often/
    ],
    [
      'TLS',
      { status: 308, said: '', headers: { location: 'https://ghcr.io/v2/' } },
      'REGISTRY_REJECTED',
      /insecure-registries/
    ],
    [
      'TLS, in words',
      { status: 400, said: 'Client sent an HTTP request to an HTTPS server.' },
      'REGISTRY_REJECTED',
      /insecure-registries/
    ]
  ])('advises on %s', (...[, answer, code, advice]) => {
    const request = requestTo('http://ghcr.io/v2/acme/app/manifests/1', { method: 'PUT' })
    const { said, ...rest } = answer
    const error = responseError(request, answerTo(request, { ...rest, body: said }))
    expect(error).toMatchObject({ code, advice: expect.stringMatching(advice) })
    expect(error.isContentMissing).toBe(said.includes('_UNKNOWN'))
  })

  test.each([
    ['quotas where a rate is limited', 429, 'quota exceeded', /quota is used up/],
    ['projects where the registry is down', 503, 'project acme not found', /Create/],
    ['image IDs where a tag is asked for', 500, 'unknown', /image ID/]
  ])('does not speak of %s', (...[, status, said, advice]) => {
    const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1')
    const error = responseError(request, answerTo(request, { status, body: said }))
    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', advice: expect.not.stringMatching(advice) })
  })

  test('says of a digest that breaks the registry that it may be an image ID', () => {
    const request = requestTo(`https://ghcr.io/v2/acme/app/manifests/sha256:${'a'.repeat(64)}`)
    expect(responseError(request, answerTo(request, { status: 500 })).advice).toMatch(/image ID/)
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
