/** Tests of how challenges are answered, by what the registry is asked. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import { formatReference } from '../../../src/oci/reference.ts'
import { requestOf } from '../../../testing/requests.ts'
import { run as promote } from '../../promote/run.ts'
import { authorizing } from '../../../src/registry/auth/authorize.ts'
import { image } from '../../../testing/images.ts'
import type { RegistryServer } from '../../../testing/registry-server.ts'
import type { Answer, Exchange } from '../../../testing/scripted-server.ts'
import { openRegistry, openScript, openTransport } from '../opened.ts'
import { requestTo } from '../requests.ts'
import { anna, annaBasic, at, tagAt, wire } from '../wired.ts'

const accounts = { anna: 'pass:wörd' }
const page = '/v2/acme/app/manifests/1'
const ask = (answer: Answer): Exchange => ({ method: 'HEAD', path: page, answer })
const challenge = (header: string | string[]): Exchange =>
  ask({ status: 401, headers: { 'www-authenticate': header } })
const token = '/token?scope=repository%3Aacme%2Fapp%3Apull%2Cpush'
const issue = (answer: Answer): Exchange => ({ method: 'GET', path: token, answer })
const bearer = challenge('Bearer realm="/token"')
const digest = `sha256:${'a'.repeat(64)}`
const found = ask({ headers: { 'docker-content-digest': digest } })

describe('a whole run', () => {
  const tags = Array.from({ length: 12 }, (_, number) => `tag-${number.toString()}`)
  const run = async (registry: RegistryServer): Promise<string[]> => {
    registry.seed('acme/app', image(), ['source'])
    const { client } = wire({ credential: anna })
    const targets = tags.map(tag => tagAt(registry, tag))
    const request = requestOf(formatReference(at(registry, ':source')), targets)
    const { targets: reports } = await promote(request, client)
    expect(reports.map(({ outcome }) => outcome)).toEqual(tags.map(() => 'created'))
    return registry.log.map(({ line }) => line.replace('/v2/acme/app/manifests', ''))
  }
  const work = [
    'GET /source → 200',
    ...tags.map(tag => `HEAD /${tag} → 404`),
    ...tags.map(tag => `PUT /${tag} → 201`)
  ]

  test('asks for one token, and for nothing twice', async () => {
    const log = await run(await openRegistry({ auth: { kind: 'bearer', accounts } }))
    expect(log.slice(0, 2)).toEqual([
      'GET /source → 401',
      'GET /token?service=registry.test&scope=repository%3Aacme%2Fapp%3Apull%2Cpush → 200'
    ])
    expect(log.slice(2).sort()).toEqual([...work].sort())
  })

  test('shows name and password after one challenge', async () => {
    const log = await run(await openRegistry({ auth: { kind: 'basic', accounts } }))
    expect(log[0]).toBe('GET /source → 401')
    expect(log.slice(1).sort()).toEqual([...work].sort())
  })

  test('shows nothing to a registry that is open to all', async () => {
    const registry = await openRegistry()
    expect((await run(registry)).sort()).toEqual([...work].sort())
    expect(registry.log.filter(({ authorization }) => authorization !== undefined)).toEqual([])
  })
})

describe('a challenge is answered', () => {
  test('by a token that name and password are shown for', async () => {
    const server = await openScript([bearer, issue({ body: '{"token":"token-one-of-the-test"}' }), found], {
      inOrder: true
    })
    const { client, masked, lookups } = wire({ credential: anna })
    expect(await client.headManifest(at(server, ':1'))).toBe(digest)
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      undefined,
      annaBasic,
      'Bearer token-one-of-the-test'
    ])
    expect(new Set(masked)).toEqual(
      new Set(['pass:wörd', annaBasic.slice('Basic '.length), 'token-one-of-the-test'])
    )
    expect(lookups).toEqual([`${server.host}/acme/app pull,push`])
  })

  test('by a token for nobody in particular', async () => {
    const server = await openScript(
      [bearer, issue({ body: '{"access_token":"token-one-of-the-test"}' }), found],
      {
        inOrder: true
      }
    )
    const { client, masked } = wire()
    expect(await client.headManifest(at(server, ':1'))).toBe(digest)
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      undefined,
      undefined,
      'Bearer token-one-of-the-test'
    ])
    expect(masked).toEqual(['token-one-of-the-test'])
  })

  test.each([
    'Basic realm="r"',
    'BASIC realm="Sonatype Nexus Repository Manager"',
    'basic realm=zot',
    'Basic'
  ])('by name and password: %s', async header => {
    const server = await openScript([challenge(header), found], { inOrder: true })
    const { client, masked } = wire({ credential: anna })
    expect(await client.headManifest(at(server, ':1'))).toBe(digest)
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([undefined, annaBasic])
    expect(new Set(masked)).toEqual(new Set(['pass:wörd', annaBasic.slice('Basic '.length)]))
  })

  test.each([
    ['in one line', 'Basic realm="Gitea", Bearer realm="/token"'],
    ['in two', ['Negotiate', 'Basic realm="Gitea"', 'bearer realm=/token']]
  ])('by a token where the registry offers several ways %s', async (_how, header) => {
    const answers = [challenge(header), issue({ body: '{"token":"token-one-of-the-test"}' }), found]
    const server = await openScript(answers, { inOrder: true })
    expect(await wire({ credential: anna }).client.headManifest(at(server, ':1'))).toBe(digest)
  })

  test('for the scope of the run, as the registry writes it', async () => {
    const asked = '/token?service=s&scope=repository%3Aapp%3Apull%2Cpush'
    const server = await openScript(
      [
        challenge('Bearer realm="/token",service="s",scope="repository:app:pull"'),
        { method: 'GET', path: asked, answer: { body: '{"token":"token-one-of-the-test"}' } },
        found
      ],
      { inOrder: true }
    )
    expect(await wire().client.headManifest(at(server, ':1'))).toBe(digest)
  })
})

describe('a challenge is answered in vain', () => {
  // A token can be too new: it is sent once more.
  test('where the fresh token is refused twice, and that is the end', async () => {
    const exchanges = [bearer, issue({ body: '{"token":"token-one-of-the-test"}' }), bearer, bearer]
    const server = await openScript(exchanges, { inOrder: true })
    const { send } = wire({ credential: anna })
    const { repository } = at(server, ':1')
    const access = { repository, actions: ['pull', 'push'] } as const
    const response = await send(requestTo(server.base + page, { method: 'HEAD', access }))
    expect(response.status).toBe(401)
  })

  // Where there is no challenge, it may be at the root.
  test.each([
    ['there is none, nor at the root', undefined, 1],
    ['it is of an unknown kind', 'Negotiate, Digest realm="x"', 0],
    ['it is no challenge', '"?"', 1]
  ])('where %s: the registry’s own words are told', async (_what, header, times) => {
    const headers = header === undefined ? {} : { 'www-authenticate': header }
    const body = '{"errors":[{"code":"UNAUTHORIZED","message":"go away"}]}'
    const answer = { status: 401, headers, body }
    const server = await openScript([
      { method: 'GET', path: page, answer },
      { method: 'GET', path: '/v2/', answer: { status: 401 }, times }
    ])
    await expect(wire({ credential: anna }).client.getManifest(at(server, ':1'))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining('UNAUTHORIZED: go away')
    })
  })

  test('where the registry wants a name and a password and there is none', async () => {
    const server = await openScript([challenge('Basic realm="r"')])
    await expect(wire().client.headManifest(at(server, ':1'))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining(server.host)
    })
  })

  test('where the credential cannot be found out', async () => {
    const server = await openScript([challenge('Basic realm="r"')])
    const error = new PromotionError('CREDENTIALS_UNREADABLE', 'the helper broke')
    const identity = {
      keychain: () => Promise.reject(error),
      mask: () => undefined,
      now: () => 0,
      sleep: () => Promise.resolve()
    }
    const send = authorizing(openTransport().send, identity)
    const access = { repository: at(server, ':1').repository, actions: ['pull'] } as const
    await expect(send(requestTo(server.base + page, { method: 'HEAD', access }))).rejects.toBe(error)
  })

  test('for all requests that wait for it; the next request tries again', async () => {
    const down = issue({ status: 500, body: 'try later' })
    const server = await openScript(
      [
        bearer,
        ...Array<Exchange>(4).fill(down),
        bearer,
        issue({ body: '{"token":"token-one-of-the-test"}' }),
        found
      ],
      { inOrder: true }
    )
    const { client } = wire()
    const waiting = Array.from({ length: 5 }, () => client.headManifest(at(server, ':1')))
    for (const result of await Promise.allSettled(waiting))
      expect(result).toMatchObject({ reason: { code: 'REGISTRY_UNAVAILABLE' } })
    expect(await client.headManifest(at(server, ':1'))).toBe(digest)
  })
})
