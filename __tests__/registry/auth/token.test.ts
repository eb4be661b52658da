/** Tests of how tokens are fetched: what a token server is asked, and what it may answer. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import type { Answer } from '../../../testing/scripted-server.ts'
import { openScript } from '../opened.ts'
import { requestTo } from '../requests.ts'
import { access, exchange } from '../token-exchange.ts'
import { wire } from '../wired.ts'

const origin = '/home/ci/.docker/config.json'
const basic: Credential = { kind: 'basic', username: 'anna', password: 'secret', origin }
const token = 'an-opaque-token-of-the-test'
const granted = { body: JSON.stringify({ token }) }
const scope = 'scope=repository%3Aacme%2Fapp%3Apull%2Cpush'

describe('a token is asked for', () => {
  test.each([
    ['at a realm that is a path', 'realm="/token",service="s"', `https://r.example/token?service=s&${scope}`],
    ['without a service if there is none', 'realm="/token"', `https://r.example/token?${scope}`],
    ['without an empty service', 'realm="/token",service=""', `https://r.example/token?${scope}`],
    [
      'with the query of the realm',
      'realm="/token?a=b",service="s"',
      `https://r.example/token?a=b&service=s&${scope}`
    ],
    [
      'for all that the run needs',
      'realm="/token",scope="repository:acme/app:pull"',
      `https://r.example/token?${scope}`
    ],
    ['in the words of Gitea', 'realm="/token",scope="*"', 'https://r.example/token?scope=*'],
    [
      'with odd characters escaped',
      'realm="/token",service="a&b=c d"',
      `https://r.example/token?service=a%26b%3Dc+d&${scope}`
    ]
  ])('%s', async (_where, parameters, url) => {
    const { requests, read } = exchange(basic, [granted], `Bearer ${parameters}`)
    expect(await read()).toBe(token)
    expect(requests.map(request => request.url.href)).toEqual([url])
    expect(requests[0]).toMatchObject({
      method: 'GET',
      namedBy: expect.objectContaining({ hostname: 'r.example' }),
      headers: {
        accept: 'application/json',
        authorization: `Basic ${Buffer.from('anna:secret').toString('base64')}`
      }
    })
  })

  test('anonymously without a login', async () => {
    const { requests, read } = exchange(anonymous, [granted])
    expect(await read()).toBe(token)
    expect(requests[0]?.headers).toEqual({ accept: 'application/json' })
  })

  test('by nobody whose realm is missing or unsafe: no request is sent', async () => {
    for (const realm of ['', 'realm="https://"', 'realm="http://auth.example/token"']) {
      const { requests, read } = exchange(basic, [granted], `Bearer ${realm}`)
      await expect(read()).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
      expect(requests).toEqual([])
    }
  })
})

describe('the answer of a token server', () => {
  test.each([
    ['the token', { token, issued_at: '2026-01-02T03:04:05Z' }],
    ['ACR’s access token', { access_token: token }],
    ['the token rather than the access token', { token, access_token: `another-${token}` }],
    ['the token, where Harbor’s access token is empty', { token, access_token: '' }],
    ['the access token, where the token is empty', { token: '', access_token: token }],
    ['the access token, where the token is no text', { token: 7, access_token: token }],
    ['the access token, where the token is null', { token: null, access_token: token }],
    ['the access token, where the token would break a header', { token: 'a\r\nb', access_token: token }]
  ])('gives %s', async (_what, body) => {
    expect(await exchange(anonymous, [{ body: JSON.stringify(body) }]).read()).toBe(token)
  })

  test.each([
    ['nothing', ''],
    ['a page', '<html>secret</html>'],
    ['JSON that is cut off', '{"token":"secret'],
    ['a text', '"secret"'],
    ['null', 'null'],
    ['neither token', '{"refresh_token":"secret"}'],
    ['empty tokens', '{"token":"","access_token":""}'],
    ['no texts', '{"token":{"secret":1},"access_token":["secret"]}'],
    ['a token with blanks', '{"token":"a secret of the token server"}'],
    ['a token beyond ASCII', '{"token":"ein-Schlüssel-secret-of-the-test"}']
  ])('that holds %s is refused', async (_what, body) => {
    await expect(exchange(anonymous, [{ body }]).read()).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.not.stringContaining('secret')
    })
  })

  // It would be masked in the log, and the runner drops outputs that contain a mask.
  test.each([
    'e',
    'true',
    'fifteen-letters',
    `sha256:${'0a'.repeat(32)}`,
    '0a'.repeat(32),
    `256-${'0a'.repeat(32)}`,
    '0a0a0a0a0a0a0a0a',
    'r.example/acme/app',
    'acme/app/manifests',
    'application/vnd.oci.image.index.v1+json',
    '"outcome":"created"',
    'https://r.example/acme/app'
  ])('whose token is %s is refused, and nothing is masked', async value => {
    const { requests, masked, read } = exchange(anonymous, [{ body: JSON.stringify({ token: value }) }])
    await expect(read()).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining('short, malformed, or a public value')
    })
    expect([requests.length, masked]).toEqual([1, []])
  })

  test.each([
    'sixteen-letters-',
    'eyJhbGciOi.eyJhY2Nlc3M-_.c2lnbmF0dXJl~+/=',
    'DockerToken.0a0a0a0a-1b1b-2c2c'
  ])('may hold the token %s', async value => {
    const { masked, read } = exchange(anonymous, [{ body: JSON.stringify({ token: value }) }])
    expect(await read()).toBe(value)
    expect(masked).toEqual([value])
  })

  test.each([
    ['too many levels', `${'['.repeat(100)}${']'.repeat(100)}`],
    ['no object', '[]']
  ])('is not read from an answer with %s', async (_what, more) => {
    const body = more === '[]' ? more : `{"token":"${token}","more":${more}}`
    const { read } = exchange(anonymous, [{ body }])
    await expect(read()).rejects.toThrow('contains no token')
  })

  test('says from where a login page came', async () => {
    const { read } = exchange(anonymous, [{ body: '<!DOCTYPE html><title>Sign in</title>' }])
    await expect(read()).rejects.toThrow(/contains no token: it is a web page \(GET https?:\/\/.*\/token\)/)
  })

  test.each([
    ['nothing', {}, 60_000],
    ['five minutes', { expires_in: 300 }, 300_000],
    ['a text', { expires_in: '300' }, 300_000],
    ['less than a minute', { expires_in: 5 }, 60_000],
    ['a negative number', { expires_in: -5 }, 60_000],
    ['no number', { expires_in: 'soon' }, 60_000],
    ['an object', { expires_in: { valueOf: 1 } }, 60_000],
    ['when it was issued, by a wrong clock', { expires_in: 300, issued_at: '1970-01-01' }, 300_000]
  ])('may say %s about the lifetime: it is renewed after nine tenths', async (_what, more, lifetime) => {
    const body = JSON.stringify({ token, ...more })
    const { requests, read, pass } = exchange(anonymous, [{ body }, { body }])
    await read()
    pass(lifetime * 0.9 - 1)
    await read()
    expect(requests).toHaveLength(1)
    pass(1)
    await read()
    expect(requests).toHaveLength(2)
  })

  test.each([
    [basic, 2, [1000]],
    [anonymous, 1, []]
  ])('of 403 is asked for once more with a login only: %#', async (credential, times, pauses) => {
    const { requests, slept, read } = exchange(credential, [{ status: 403 }, { status: 403 }])
    await expect(read()).rejects.toMatchObject({ code: 'DENIED' })
    expect([requests.length, slept]).toEqual([times, pauses])
  })

  test.each([
    [401, 'UNAUTHORIZED'],
    [404, 'REGISTRY_REJECTED'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [500, 'REGISTRY_UNAVAILABLE'],
    [201, 'REGISTRY_REJECTED']
  ])('of status %i is an error with its message, %s', async (status, code) => {
    const body = JSON.stringify({ token, details: 'limit is 1' })
    await expect(exchange(anonymous, [{ status, body }]).read()).rejects.toMatchObject({
      code,
      message: expect.stringContaining('limit is 1 (GET https://auth.example/token')
    })
  })

  test.each<[string, Answer, number]>([
    ['of 128 KiB is read', { body: padded(128 * 1024) }, 404],
    ['of a byte more is refused', { body: padded(128 * 1024 + 1) }, 0],
    ['that never ends is refused', { body: ' '.repeat(1024), fault: 'endless' }, 0]
  ])('%s', async (_what, answer, status) => {
    const page = { method: 'GET', path: '/v2/acme/app/manifests/1' } as const
    const challenged = { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token"' } }
    const server = await openScript([
      { ...page, answer: challenged },
      { method: 'GET', path: `/token?${scope}`, answer },
      { ...page, answer: { status: 404 }, times: status === 0 ? 0 : 1 }
    ])
    const reading = wire().send(requestTo(server.base + page.path, { access }))
    if (status !== 0) expect((await reading).status).toBe(status)
    else await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('128 KiB') })
  })
})

function padded(length: number): string {
  return granted.body.padEnd(length)
}
