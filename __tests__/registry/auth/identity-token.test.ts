/** Tests of how identity tokens are exchanged, and of what token servers may answer. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import { parseChallenges } from '../../../src/registry/auth/challenge.ts'
import type { Access, Request, Response } from '../../../src/registry/http/message.ts'
import { followingRedirects } from '../../../src/registry/http/redirect.ts'
import { type Token, fetchToken } from '../../../src/registry/auth/token.ts'
import { type Answered, answerTo } from '../requests.ts'

const zero = '00000000-0000-0000-0000-000000000000'
const origin = '/home/ci/.docker/config.json'
const owned: Credential = { kind: 'identity', token: 're+fresh', username: zero, origin }
const ownerless: Credential = { kind: 'identity', token: 're+fresh', origin }
const basic: Credential = { kind: 'basic', username: 'anna', password: 'secret', origin }

function accessTo(name: string): Access {
  return { repository: parseReference(`${name}:1`).repository, actions: ['pull', 'push'] }
}

interface Exchanged {
  readonly requests: Request[]
  readonly slept: number[]
  readonly token: Promise<Token>
}

/** Asks a token server that gives these answers, one after the other. */
function ask(credential: Credential, ...answers: Answered[]): Exchanged {
  const requests: Request[] = []
  const slept: number[] = []
  const send = (request: Request): Promise<Response> => {
    requests.push(request)
    return Promise.resolve(answerTo(request, answers[requests.length - 1] ?? { status: 418 }))
  }
  const sleep = (milliseconds: number): Promise<void> => {
    slept.push(milliseconds)
    return Promise.resolve()
  }
  const [challenge] = parseChallenges('Bearer realm="https://auth.example/token",service="acme"')
  if (challenge === undefined) throw new Error('this is a challenge')
  const access = accessTo('acme.azurecr.io/acme/app')
  const asked = new URL('https://acme.azurecr.io/v2/acme/app/manifests/1')
  const wanted = { challenge, asked, access, credential }
  return { requests, slept, token: fetchToken(wanted, { send: followingRedirects(send), sleep }) }
}

const granted = { body: '{"access_token":"t"}' }
const bodyOf = ({ body }: Pick<Request, 'body'>): string =>
  body instanceof Uint8Array ? Buffer.from(body).toString() : ''

describe('an identity token', () => {
  test('is exchanged by POST', async () => {
    const { requests, token } = ask(owned, granted)
    expect(await token).toEqual({ token: 't', lifetime: 60_000 })
    expect(requests.map(({ method, url }) => `${method} ${url.href}`)).toEqual([
      'POST https://auth.example/token'
    ])
    expect(requests[0]?.headers).toEqual({
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded'
    })
    expect(Object.fromEntries(new URLSearchParams(bodyOf(requests[0] ?? {})))).toEqual({
      grant_type: 'refresh_token',
      service: 'acme',
      client_id: 'retag',
      scope: 'repository:acme/app:pull,push',
      refresh_token: 're+fresh'
    })
  })

  test.each([400, 401, 404, 405])(
    'is shown as its user’s password where the token server answers %i to a POST',
    async status => {
      const { requests, token } = ask(owned, { status }, granted)
      expect((await token).token).toBe('t')
      expect(requests[1]).toMatchObject({
        method: 'GET',
        headers: { authorization: `Basic ${Buffer.from(`${zero}:re+fresh`).toString('base64')}` }
      })
      expect(requests[1]?.url.search).toBe('?service=acme&scope=repository%3Aacme%2Fapp%3Apull%2Cpush')
      expect(requests[1]?.body).toBeUndefined()
    }
  )

  test.each([400, 401, 404, 405])(
    'is an error of its source where the token server answers %i and nobody knows its user',
    async status => {
      const { requests, token } = ask(ownerless, { status, body: '{"message":"unknown grant"}' })
      await expect(token).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
        message: `unknown grant (POST https://auth.example/token → status ${status.toString()})`,
        advice: expect.stringContaining(origin)
      })
      expect(requests).toHaveLength(1)
    }
  )

  test('that is not taken without a word is an error that says so', async () => {
    await expect(ask(ownerless, { status: 401 }).token).rejects.toMatchObject({
      message: expect.stringContaining('refused without a word')
    })
  })

  test('that is refused both ways is refused', async () => {
    await expect(ask(owned, { status: 400 }, { status: 401 }).token).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      advice: expect.stringContaining(`The login came from ${origin}.`)
    })
  })

  test.each([500, 503])('is not shown otherwise where the token server fails with %i', async status => {
    const { requests, token } = ask(owned, { status })
    await expect(token).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    expect(requests).toHaveLength(1)
  })

  test('does not follow a redirect', async () => {
    const moved = { status: 307, headers: { location: 'https://evil.example/token' } }
    const { requests, token } = ask(owned, moved, granted)
    await expect(token).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(requests).toHaveLength(1)
  })
})

describe('the answer of a token server', () => {
  const token = (body: object): Promise<Token> => ask(anonymous, { body: JSON.stringify(body) }).token

  test.each([
    ['token alone', { token: 't' }],
    ['access_token alone (ACR)', { access_token: 't' }],
    ['both (Docker Hub)', { token: 't', access_token: 'other' }],
    ['an empty one beside it (Harbor)', { token: 't', access_token: '' }],
    ['an empty one before it', { token: '', access_token: 't' }],
    ['null beside it', { token: null, access_token: 't' }]
  ])('may hold %s', async (_what, body) => {
    expect((await token(body)).token).toBe('t')
  })

  test.each([
    ['nothing', {}, 60_000],
    ['five minutes', { expires_in: 300 }, 300_000],
    ['a text', { expires_in: '300' }, 300_000],
    ['less than a minute', { expires_in: 5 }, 60_000],
    ['less than nothing', { expires_in: -5 }, 60_000],
    ['null', { expires_in: null }, 60_000],
    ['what is no number', { expires_in: 'soon' }, 60_000],
    ['when it was issued, by a clock that is wrong', { expires_in: 300, issued_at: '1970-01-01' }, 300_000]
  ])('may say %s of how long it holds', async (_what, body, lifetime) => {
    expect(await token({ token: 't', ...body })).toEqual({ token: 't', lifetime })
  })

  test.each([
    ['nothing', ''],
    ['no JSON', '<html>secret</html>'],
    ['no object', '"secret"'],
    ['null', 'null'],
    ['neither', '{"refresh_token":"secret"}'],
    ['both empty', '{"token":"","access_token":""}'],
    ['a token that is no text', '{"token":{"secret":1}}'],
    ['a token that would break a header', '{"token":"a\\r\\nsecret: 1"}']
  ])('is an error where it holds %s', async (_what, body) => {
    await expect(ask(anonymous, { body }).token).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.not.stringContaining('secret')
    })
  })

  test('is an error where it is larger than 128 KiB', async () => {
    const send = (request: Request): Promise<Response> =>
      Promise.resolve({ ...answerTo(request, granted), truncated: request.limit === 128 * 1024 })
    const access = accessTo('ghcr.io/acme/app')
    const [challenge = { scheme: '', parameters: {} }] = parseChallenges('Bearer realm="/token"')
    const asked = new URL('https://ghcr.io/v2/')
    const fetched = fetchToken(
      { challenge, asked, access, credential: anonymous },
      { send, sleep: () => Promise.resolve() }
    )
    await expect(fetched).rejects.toMatchObject({ message: expect.stringContaining('128 KiB') })
  })

  test('that denies credentials is asked for once more, after a pause', async () => {
    const { requests, slept, token: denied } = ask(basic, { status: 403 }, { status: 403 })
    await expect(denied).rejects.toMatchObject({ code: 'DENIED' })
    expect([requests.length, slept]).toEqual([2, [1000]])
  })

  test('that denies nobody is final', async () => {
    const { requests, token: denied } = ask(anonymous, { status: 403 })
    await expect(denied).rejects.toMatchObject({ code: 'DENIED' })
    expect(requests).toHaveLength(1)
  })
})

describe('a token server that redirects', () => {
  const to = (location: string): Answered => ({ status: 307, headers: { location } })

  test('is followed within its origin with the password, elsewhere without', async () => {
    const { requests, token } = ask(basic, to('/t2'), to('https://sso.example/t3'), granted)
    expect((await token).token).toBe('t')
    expect(requests.map(({ url, headers }) => [url.pathname, 'authorization' in headers])).toEqual([
      ['/token', true],
      ['/t2', true],
      ['/t3', false]
    ])
  })

  test.each([
    'https://169.254.169.254/',
    'https://localhost/',
    'https://a:b@sso.example/',
    'http://sso.example/'
  ])('is not followed to %s', async location => {
    const { requests, token } = ask(basic, to(location), granted)
    await expect(token).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(requests).toHaveLength(1)
  })
})

test('several scopes are asked for one by one', async () => {
  const requests: Request[] = []
  const send = (request: Request): Promise<Response> => {
    requests.push(request)
    return Promise.resolve(answerTo(request, granted))
  }
  const scope = 'repository:acme/app:pull,push repository:acme/base:pull'
  const challenge = { scheme: 'bearer', parameters: { realm: '/token', scope } }
  const access = accessTo('ghcr.io/acme/app')
  await fetchToken(
    { challenge, asked: new URL('https://ghcr.io/v2/'), access, credential: anonymous },
    { send, sleep: () => Promise.resolve() }
  )
  expect(requests[0]?.url.searchParams.getAll('scope')).toEqual([
    'repository:acme/app:pull,push',
    'repository:acme/base:pull'
  ])
})
