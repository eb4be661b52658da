/** Tests of what is sent next after each kind of refusal, and of tokens that are no longer accepted. */
import { describe, expect, test } from '@jest/globals'
import { type Credential, anonymous } from '../../../src/oci/credential.ts'
import { formatReference } from '../../../src/oci/reference.ts'
import { requestOf } from '../../../testing/requests.ts'
import { run as promote } from '../../promote/run.ts'
import { authorizing } from '../../../src/registry/auth/authorize.ts'
import type { Request, Response } from '../../../src/registry/http/message.ts'
import { image } from '../../../testing/images.ts'
import type { Answer, Exchange } from '../../../testing/scripted-server.ts'
import { openRegistry, openScript } from '../opened.ts'
import { as } from '../named.ts'
import {
  basic as wantsPassword,
  bearer as wantsToken,
  granted,
  isToken,
  fakeRegistry
} from '../fake-registry.ts'
import { type Answered, answerTo, requestTo } from '../requests.ts'
import { anna, annaBasic, at, tagAt, wire } from '../wired.ts'

const ask = (answer: Answer): Exchange => ({ method: 'HEAD', path: '/v2/acme/app/manifests/1', answer })
const challenge = (header: string): Exchange => ask({ status: 401, headers: { 'www-authenticate': header } })
const path = '/token?scope=repository%3Aacme%2Fapp%3Apull%2Cpush'
const issue = (answer: Answer): Exchange => ({ method: 'GET', path, answer })
const bearer = challenge('Bearer realm="/token"')
const digest = `sha256:${'a'.repeat(64)}`
const found = ask({ headers: { 'docker-content-digest': digest } })

const strong = 'second-token-of-the-test'

describe('a token', () => {
  test('is replaced, once, when it is accepted no more', async () => {
    const server = await openScript(
      [
        bearer,
        issue({ body: '{"token":"token-one-of-the-test"}' }),
        found,
        bearer,
        issue({ body: '{"token":"token-two-of-the-test"}' }),
        found,
        found
      ],
      { inOrder: true }
    )
    const { client } = wire()
    for (let time = 0; time < 3; time++) expect(await client.headManifest(at(server, ':1'))).toBe(digest)
    expect(server.requests.slice(5).map(({ authorization }) => authorization)).toEqual([
      'Bearer token-two-of-the-test',
      'Bearer token-two-of-the-test'
    ])
  })

  test('gives way to name and password, where Harbor wants these instead', async () => {
    const harbor = challenge('Basic realm="harbor"')
    const server = await openScript(
      [bearer, issue({ body: '{"token":"token-one-of-the-test"}' }), found, harbor, found],
      {
        inOrder: true
      }
    )
    const { client } = wire({ credential: anna })
    expect(await client.headManifest(at(server, ':1'))).toBe(digest)
    expect(await client.headManifest(at(server, ':1'))).toBe(digest)
    expect(server.requests.at(-1)?.authorization).toBe(annaBasic)
  })

  test('is replaced by one for all requests that find it too weak', async () => {
    let issued = 0
    const registry = await openRegistry({
      profile: {
        name: 'role change',
        before: ({ url, method, headers }) => {
          if (url.pathname === '/token')
            return { body: JSON.stringify({ token: ['first-token-of-the-test', strong][issued++] }) }
          const { authorization } = headers
          const isEnough =
            method === 'PUT' ? authorization === `Bearer ${strong}` : authorization !== undefined
          if (isEnough) return undefined
          const error = authorization === undefined ? '' : ',error="insufficient_scope"'
          return { status: 401, headers: { 'www-authenticate': `Bearer realm="/token"${error}` } }
        }
      }
    })
    registry.seed('acme/app', image(), ['source'])
    const targets = Array.from({ length: 8 }, (_, number) => tagAt(registry, number.toString()))
    const request = requestOf(formatReference(at(registry, ':source')), targets)
    const { targets: reports } = await promote(request, wire().client)
    expect(reports.map(({ outcome }) => outcome)).toEqual(targets.map(() => 'created'))
    expect(issued).toBe(2)
  })

  test('is not asked for again by a request that learns too late that the old one has ended', async () => {
    const registry = new SlowToRefuse()
    const send = authorizing(request => registry.send(request), {
      keychain: () => Promise.resolve(anonymous),
      mask: () => undefined,
      now: () => 0,
      sleep: () => Promise.resolve()
    })
    const access = { repository: at({ host: 'ghcr.io' }, ':1').repository, actions: ['pull'] } as const
    const get = (page: string): Promise<Response> => send(requestTo(`https://ghcr.io/${page}`, { access }))
    await get('first')
    registry.end()
    const late = get('late')
    expect(await get('early')).toMatchObject({ status: 200 })
    registry.release()
    expect(await late).toMatchObject({ status: 200 })
    expect(registry.asked).toEqual([
      'first',
      'token',
      'first Bearer token-number-1-of-the-test',
      'late Bearer token-number-1-of-the-test',
      'early Bearer token-number-1-of-the-test',
      'token',
      'early Bearer token-number-2-of-the-test',
      'late Bearer token-number-2-of-the-test'
    ])
  })
})

test('name and password that are accepted no more are not shown once again by the same request', async () => {
  const basic = challenge('Basic realm="r"')
  const server = await openScript([basic, found, basic, { ...basic, method: 'GET' }], { inOrder: true })
  const { client } = wire({ credential: anna })
  expect(await client.headManifest(at(server, ':1'))).toBe(digest)
  await expect(client.headManifest(at(server, ':1'))).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
})

/** A registry whose newest token alone is good, and which is slow to refuse the page `late`. */
class SlowToRefuse {
  readonly asked: string[] = []
  #issued = 0
  #good = 1
  #release: () => void = () => undefined
  readonly #released = new Promise<void>(resolve => {
    this.#release = resolve
  })

  /** Ends the token that is good now. */
  end(): void {
    this.#good++
  }

  /** Lets the answer for `late` go. */
  release(): void {
    this.#release()
  }

  async send(request: Request): Promise<Response> {
    const page = request.url.pathname.slice(1)
    const { authorization = '' } = request.headers
    this.asked.push(`${page} ${authorization}`.trim())
    if (page === 'token')
      return answerTo(request, {
        body: `{"token":"token-number-${(++this.#issued).toString()}-of-the-test"}`
      })
    if (authorization === `Bearer token-number-${this.#good.toString()}-of-the-test`) return answerTo(request)
    if (page === 'late') await this.#released
    return answerTo(request, { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token"' } })
  }
}

describe('after a refusal', () => {
  const weak: Answered = {
    status: 401,
    headers: { 'www-authenticate': 'Bearer realm="https://auth.example/token",error="insufficient_scope"' }
  }
  const both: Answered = {
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="r", Bearer realm="https://auth.example/token"' }
  }
  const silent = { status: 401 }
  const expired = { status: 400, body: '{"errors":[{"message":"Your Authorization Token is invalid."}]}' }
  const invalid = { status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID"}]}' }
  const given: Credential = { kind: 'bearer', token: 't', origin: 'the test' }
  const ok = { status: 200 }

  // What the registry answers, one after another, and what was sent with each of these requests; a comma ends a read.
  test.each<[string, Credential, Answered[], string]>([
    ['Bearer: a token', anonymous, [wantsToken, ok], 'nothing Bearer'],
    ['Bearer and Basic: a token', as('ci'), [both, ok], 'nothing Bearer'],
    ['Basic: the password', as('ci'), [wantsPassword, ok], 'nothing Basic'],
    ['Bearer to a new password: a token', as('ci'), [wantsPassword, wantsToken, ok], 'nothing Basic Bearer'],
    [
      'Basic to a token: the password',
      as('ci'),
      [wantsToken, ok, wantsPassword, ok],
      'nothing Bearer, Bearer Basic'
    ],
    [
      'of a token with too few rights: another, once',
      as('ci'),
      [wantsToken, weak, weak],
      'nothing Bearer Bearer'
    ],
    [
      'of an accepted token: another',
      anonymous,
      [wantsToken, ok, wantsToken, ok],
      'nothing Bearer, Bearer Bearer'
    ],
    [
      'of an accepted token, silently: another',
      anonymous,
      [wantsToken, ok, silent, ok],
      'nothing Bearer, Bearer Bearer'
    ],
    [
      'of an accepted token, by 400: another',
      anonymous,
      [wantsToken, ok, expired, ok],
      'nothing Bearer, Bearer Bearer'
    ],
    [
      'of a new token: the same again, once',
      as('ci'),
      [wantsToken, wantsToken, wantsToken],
      'nothing Bearer Bearer'
    ],
    ['of a token from a file: nothing', given, [wantsToken, wantsToken], 'nothing Bearer'],
    [
      'by a scheme that nobody knows: nothing',
      as('ci'),
      [{ ...silent, headers: { 'www-authenticate': 'Negotiate abc' } }],
      'nothing'
    ],
    ['400 without a token is none', as('ci'), [expired], 'nothing'],
    ['400 to a password is none', as('ci'), [wantsPassword, expired], 'nothing Basic'],
    ['400 for another reason is none', anonymous, [wantsToken, invalid], 'nothing Bearer'],
    ['403 is none', as('ci'), [wantsToken, { status: 403 }], 'nothing Bearer']
  ])('%s', async (...[, credential, answers, expected]) => {
    let answered = 0
    const { read, requests } = fakeRegistry(
      request => (isToken(request) ? granted : (answers[answered++] ?? { status: 418 })),
      credential
    )
    for (const reading of expected.split(', ')) {
      const before = requests.length
      await read()
      const sent = requests.slice(before).filter(line => !line.includes('auth.example'))
      expect(sent.map(line => line.split(':')[0]).join(' ')).toBe(reading)
    }
    expect(answered).toBe(answers.length)
  })
})
