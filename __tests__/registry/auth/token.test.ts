/** Tests of fetching tokens. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import type { Send } from '../../../src/registry/http/message.ts'
import { type Wire, fetchToken } from '../../../src/registry/auth/token.ts'
import type { Answer } from '../../../testing/scripted-server.ts'
import { openScript, openTransport } from '../opened.ts'
import { answerTo } from '../requests.ts'
import { anna, annaBasic } from '../wired.ts'

const { repository } = parseReference('ghcr.io/acme/app:1')
const access = { repository, actions: ['pull', 'push'] } as const
const own = 'scope=repository%3Aacme%2Fapp%3Apull%2Cpush'
const asked = 'https://ghcr.io/v2/acme/app/manifests/1'

/** What a challenge may say. */
interface Parameters {
  readonly realm?: string
  readonly service?: string
  readonly scope?: string
}

describe('a token is asked for', () => {
  test.each([
    [
      'at the realm',
      { realm: 'https://ghcr.io/token', service: 'ghcr.io' },
      `https://ghcr.io/token?service=ghcr.io&${own}`
    ],
    [
      'at another host',
      { realm: 'https://auth.docker.io/token', service: 's' },
      `https://auth.docker.io/token?service=s&${own}`
    ],
    [
      'at a realm that is a path',
      { realm: '/token', service: 's' },
      `https://ghcr.io/token?service=s&${own}`
    ],
    ['without a service where there is none', { realm: '/token' }, `https://ghcr.io/token?${own}`],
    ['without a service where it is empty', { realm: '/token', service: '' }, `https://ghcr.io/token?${own}`],
    [
      'with the query that the realm has',
      { realm: '/token?a=b', service: 's' },
      `https://ghcr.io/token?a=b&service=s&${own}`
    ],
    [
      'for all that the run needs',
      { realm: '/token', scope: 'repository:acme/app:pull' },
      `https://ghcr.io/token?${own}`
    ],
    [
      'for what the registry alone understands',
      { realm: '/token', scope: '*' },
      'https://ghcr.io/token?scope=*'
    ],
    [
      'with odd characters escaped',
      { realm: '/token', service: 'a&b=c d' },
      `https://ghcr.io/token?service=a%26b%3Dc+d&${own}`
    ]
  ] as [string, Parameters, string][])('%s', async (_where, parameters, url) => {
    expect((await askedOf(parameters, anonymous)).href).toBe(url)
  })

  test('of a registry that speaks plain HTTP by plain HTTP too', async () => {
    const url = await askedOf({ realm: 'http://127.0.0.1:5001/token' }, anna, 'http://127.0.0.1:5000/v2/')
    expect(url.href).toBe(`http://127.0.0.1:5001/token?${own}`)
  })

  test.each([
    ['is not said', undefined],
    ['is no address', 'https://'],
    ['is on plain HTTP where the registry is not', 'http://ghcr.io/token'],
    ['is on plain HTTP on loopback', 'http://127.0.0.1/token'],
    ['is a file', 'file:///etc/passwd'],
    ['holds a name', 'https://anna@ghcr.io/token'],
    ['holds a password', 'https://:secret@ghcr.io/token']
  ])('of no server whose address %s', async (_what, realm) => {
    await expect(askedOf(realm === undefined ? {} : { realm }, anna)).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.not.stringContaining('secret')
    })
  })

  test.each([
    ['with the name and password', anna, annaBasic],
    ['by nobody in particular', anonymous, undefined]
  ])('by GET %s', async (_who, credential, authorization) => {
    const server = await openScript([
      { method: 'GET', path: `/token?${own}`, answer: { body: '{"token":"t"}' } }
    ])
    const challenge = { scheme: 'bearer', parameters: { realm: '/token' } }
    const wanted = { challenge, asked: new URL(`${server.base}/v2/`), access, credential }
    expect(await fetchToken(wanted, over(openTransport().send))).toMatchObject({ token: 't' })
    expect(server.requests).toMatchObject([{ authorization, headers: { accept: 'application/json' } }])
  })
})

describe('of the token server’s answer', () => {
  test.each([
    ['the token is taken', { token: 'a', expires_in: 300, issued_at: '2026-01-02T03:04:05Z' }, 'a'],
    ['ACR’s access token is taken', { access_token: 'b' }, 'b'],
    ['the token is taken rather than the access token', { token: 'a', access_token: 'b' }, 'a'],
    ['Harbor’s empty access token is passed over', { token: 'a', access_token: '' }, 'a'],
    ['an empty token is passed over', { token: '', access_token: 'b' }, 'b'],
    ['a token that is no text is passed over', { token: 7, access_token: 'b' }, 'b'],
    ['a token that is no header is passed over', { token: 'a\r\nx: y', access_token: 'b' }, 'b'],
    [
      'a JSON web token is taken as it is',
      { token: 'eyJhbGciOi.eyJhY2Nlc3M-_.c2lnbmF0dXJl~+/=' },
      'eyJhbGciOi.eyJhY2Nlc3M-_.c2lnbmF0dXJl~+/='
    ]
  ])('%s', async (_what, body, token) => {
    expect(await tokenIn({ body: JSON.stringify(body) })).toBe(token)
  })

  test.each([
    ['nothing', ''],
    ['a page', '<html>Welcome</html>'],
    ['JSON that is cut off', '{"token":"a'],
    ['no token', '{}'],
    ['only empty tokens', '{"token":"","access_token":""}'],
    ['only what is no token', '{"token":null,"access_token":["a"]}'],
    ['a token with blanks', '{"token":"a b"}'],
    ['a token beyond ASCII', '{"token":"ä"}'],
    ['a text', '"token"'],
    ['null', 'null'],
    ['a list', '[{"token":"a"}]']
  ])('%s is refused', async (_what, body) => {
    await expect(tokenIn({ body })).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining('holds no token')
    })
  })

  test('128 KiB are read', async () => {
    const token = 'x'.repeat(128 * 1024 - '{"token":""}'.length)
    expect(await tokenIn({ body: JSON.stringify({ token }) })).toBe(token)
  })

  test.each([
    ['a byte more is refused', { body: `${JSON.stringify({ token: 'x'.repeat(128 * 1024 - 12) })} ` }],
    ['what never ends is refused', { body: ' '.repeat(1024), fault: 'endless' }]
  ] as [string, Answer][])('%s', async (_what, answer) => {
    await expect(tokenIn(answer)).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining('128 KiB')
    })
  })

  test.each([
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'REGISTRY_REJECTED'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [500, 'REGISTRY_UNAVAILABLE'],
    [201, 'REGISTRY_REJECTED']
  ])('status %i is an error, %s, and what it says is told', async (status, code) => {
    const body = JSON.stringify({ token: 'a', details: 'registry contains 1 repositories, limit is 1' })
    const failure = await tokenIn({ status, body }).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code,
      message: expect.stringContaining('limit is 1 (GET http://127.0.0.1:')
    })
  })
})

/** The address of the one request that is made for a challenge. */
async function askedOf(parameters: Parameters, credential: Credential, from = asked): Promise<URL> {
  const urls: URL[] = []
  const challenge = { scheme: 'bearer', parameters: { ...parameters } }
  const send: Send = request => {
    urls.push(request.url)
    return Promise.resolve(answerTo(request, { body: '{"token":"t"}' }))
  }
  const wanted = { challenge, asked: new URL(from), access, credential }
  const failure = await fetchToken(wanted, over(send)).catch((error: unknown) => error)
  const [url] = urls
  if (url === undefined) throw failure
  return url
}

async function tokenIn(answer: Answer): Promise<string> {
  const server = await openScript([{ method: 'GET', path: `/token?service=s&${own}`, answer }])
  const challenge = { scheme: 'bearer', parameters: { realm: '/token', service: 's' } }
  const wanted = { challenge, asked: new URL(`${server.base}/v2/`), access, credential: anonymous }
  const { token } = await fetchToken(wanted, over(openTransport().send))
  return token
}

function over(send: Send): Wire {
  return { send, sleep: () => Promise.resolve() }
}
