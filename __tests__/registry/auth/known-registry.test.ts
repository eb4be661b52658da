/** Tests of what a run learns about a registry for all repositories: logins that it refuses, and its token server. */
import { describe, expect, test } from '@jest/globals'
import type { Credential } from '../../../src/oci/credential.ts'
import type { PromotionError } from '../../../src/oci/errors.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import type { Request, Response } from '../../../src/registry/http/message.ts'
import { as } from '../named.ts'
import { openRegistry } from '../opened.ts'
import {
  type FakeRegistry,
  basic,
  bearer,
  granted,
  isAuthorized,
  isToken,
  fakeRegistry
} from '../fake-registry.ts'
import type { Answered } from '../requests.ts'
import { anna, wire } from '../wired.ts'

describe('a login that is refused before it was ever accepted', () => {
  const names = Array.from({ length: 30 }, (_, number) => `acme/app-${number.toString()}`)
  const refused = { status: 401, body: '{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}' }
  const sentIn = (requests: readonly string[]): string[] =>
    requests.filter(line => !line.startsWith('nothing'))
  type Respond = Parameters<typeof fakeRegistry>[0]

  /** Reads from many repositories at once, then from all once more. */
  const readAll = async (respond: Respond, credential: Credential): Promise<[FakeRegistry, unknown[]]> => {
    const registry = fakeRegistry(respond, credential)
    const results: PromiseSettledResult<Response>[] = []
    for (let time = 0; time < 2; time++)
      results.push(...(await Promise.allSettled(names.map(name => registry.read('GET', name)))))
    const ends = results.map((result): unknown =>
      result.status === 'rejected' ? result.reason : result.value.status
    )
    return [registry, ends]
  }

  test.each<[string, Respond, Credential]>([
    [
      'a password at a registry',
      request => (isAuthorized(request) ? { ...basic, ...refused } : basic),
      as('ci')
    ],
    [
      'a password that ECR calls expired',
      request => (isAuthorized(request) ? { status: 403, body: '{"message":"token has expired"}' } : basic),
      as('ci')
    ],
    ['a password at a token server', request => (isToken(request) ? refused : bearer), as('ci')],
    [
      'an identity token',
      request => (isToken(request) ? refused : bearer),
      { kind: 'identity', token: 're+fresh', origin: 'the test' }
    ]
  ])('is sent once for all repositories: %s', async (_what, respond, credential) => {
    const [{ requests }, results] = await readAll(respond, credential)
    const sent = requests.filter(line => line.includes('auth.example') || !line.startsWith('nothing'))
    expect(sent).toHaveLength(1)
    for (const error of results) expect(error).toBe(results[0])
    expect((results[0] as PromotionError).code).toMatch(/^(?:UNAUTHORIZED|DENIED)$/)
  })

  test('by GHCR, which may deny a good one, is sent twice', async () => {
    const [{ requests }] = await readAll(request => (isToken(request) ? { status: 403 } : bearer), as('ci'))
    expect(sentIn(requests)).toHaveLength(2)
  })

  test('is sent once for all tags of a repository, and once for all targets of a run', async () => {
    const registry = await openRegistry({ auth: { kind: 'basic', accounts: { anna: 'another' } } })
    const { client } = wire({ credential: anna })
    const looks = names.flatMap(name => [
      client.headManifest(parseReference(`${registry.host}/acme/app:${name.slice(5)}`)),
      client.getManifest(parseReference(`${registry.host}/${name}:1`))
    ])
    for (const result of await Promise.allSettled(looks))
      expect(result).toMatchObject({ reason: { code: 'UNAUTHORIZED' } })
    expect(registry.log.filter(({ authorization }) => authorization !== undefined)).toHaveLength(1)
  })

  test('is tried again where the answer did not tell', async () => {
    let answers = 0
    const [{ requests }, results] = await readAll(request => {
      if (!isAuthorized(request)) return basic
      return answers++ === 0 ? { status: 503 } : {}
    }, as('ci'))
    expect(results.filter(status => status === 200)).toHaveLength(2 * names.length - 1)
    expect(sentIn(requests)).toHaveLength(2 * names.length)
  })

  test('is not known to be accepted by an answer that does not tell', async () => {
    let answers = 0
    const [{ requests }] = await readAll(request => {
      if (!isAuthorized(request)) return basic
      return answers++ === 0 ? { status: 503 } : { ...basic, ...refused }
    }, as('ci'))
    expect(sentIn(requests)).toHaveLength(2)
  })

  test('is not one that a server refuses to which the registry redirects', async () => {
    const { read } = fakeRegistry(request => {
      if (!isAuthorized(request)) return basic
      return request.url.pathname.includes('far') ? { ...basic, from: 'https://storage.example/' } : {}
    }, as('ci'))
    expect((await read('GET', 'acme/far')).status).toBe(401)
    expect((await read()).status).toBe(200)
  })

  test('is another one than a login that was accepted, and denied something later', async () => {
    const { read } = fakeRegistry(
      request => (isAuthorized(request) && !request.url.pathname.includes('secret') ? {} : basic),
      as('ci')
    )
    expect((await read()).status).toBe(200)
    expect((await read('GET', 'acme/secret')).status).toBe(401)
    expect((await read('GET', 'acme/other')).status).toBe(200)
  })
})

describe('the next repository of a registry whose token server is known', () => {
  const isEnough = (request: Request): boolean => isAuthorized(request) || isToken(request)
  const lines = (requests: readonly string[]): string[] =>
    requests.map(line => line.replace(/ https:\/\/(\w+)\.example.*/, ' $1'))
  const first = ['nothing: GET r', 'Basic: GET auth', 'Bearer: GET r']

  test('has its token fetched before its first request', async () => {
    const { read, requests } = fakeRegistry(
      request => (isToken(request) ? granted : isEnough(request) ? {} : bearer),
      as('ci')
    )
    await read()
    await Promise.all([read('GET', 'acme/b'), read('GET', 'acme/b'), read('GET', 'acme/b')])
    expect(lines(requests)).toEqual([
      ...first,
      'Basic: GET auth',
      'Bearer: GET r',
      'Bearer: GET r',
      'Bearer: GET r'
    ])
    expect(requests[3]).toContain('scope=repository%3Aacme%2Fb%3Apull')
  })

  test.each<[string, Answered, string[]]>([
    ['the token server fails', { status: 500 }, []],
    ['the token server denies it', { status: 404 }, []],
    ['the registry does not take the token', { body: '{"token":"token-two-of-the-test"}' }, ['Bearer: GET r']]
  ])('asks in the ordinary way where %s', async (_what, ahead, extra) => {
    let tokens = 0
    const { read, requests } = fakeRegistry(request => {
      if (isToken(request)) return ++tokens === 2 ? ahead : granted
      return request.headers.authorization === 'Bearer token-one-of-the-test' ? {} : bearer
    }, as('ci'))
    await read()
    expect((await read('GET', 'acme/b')).status).toBe(200)
    const ordinary = extra.length === 0 ? first : first.slice(1)
    expect(lines(requests).slice(3)).toEqual(['Basic: GET auth', ...extra, ...ordinary])
  })

  test('is asked first where the registry writes scopes in a form of its own', async () => {
    const header = 'Bearer realm="https://auth.example/token",scope="*"'
    const challenged = { status: 401, headers: { 'www-authenticate': header } }
    const { read, requests } = fakeRegistry(
      request => (isToken(request) ? granted : isAuthorized(request) ? {} : challenged),
      as('ci')
    )
    await read()
    await read('GET', 'acme/b')
    expect(lines(requests)).toEqual([...first, ...first])
  })
})
