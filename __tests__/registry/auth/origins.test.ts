/** Tests of whom a credential is shown to, and whom never. */
import { describe, expect, test } from '@jest/globals'
import { parseReference } from '../../../src/oci/reference.ts'
import { authorizing } from '../../../src/registry/auth/authorize.ts'
import { image } from '../../../testing/images.ts'
import type { Answer, Exchange, Script } from '../../../testing/scripted-server.ts'
import { openRegistry, openScript } from '../opened.ts'
import { answerTo, requestTo } from '../requests.ts'
import { anna, annaBasic, at, wire } from '../wired.ts'

const accounts = { anna: 'pass:wörd' }
const page = '/v2/acme/app/manifests/1'
const token = '/token?scope=repository%3Aacme%2Fapp%3Apull%2Cpush'
const get = (path: string, answer: Answer): Exchange => ({ method: 'GET', path, answer })
const bearer = get(page, { status: 401, headers: { 'www-authenticate': 'Bearer realm="/token"' } })
const basic = { 'www-authenticate': 'Basic realm="mine"' }
const { bytes, digest, mediaType } = image()
const served = { headers: { 'content-type': mediaType }, body: bytes }
const shownTo = ({ requests }: Script): (string | undefined)[] =>
  requests.map(({ authorization }) => authorization)

describe('another origin', () => {
  // A name of loopback is the most private host there is; `localhost` is another one than the registry's 127.0.0.1.
  test.each(['http://localhost:1/token', 'http://169.254.169.254/token', 'https://10.0.0.1/token'])(
    'is asked for no token when the token server redirects to %s, which only the runner can reach',
    async location => {
      const registry = await openScript([bearer, get(token, { status: 307, headers: { location } })])
      const asked = wire({ credential: anna }).client.getManifest(at(registry, ':1'))
      await expect(asked).rejects.toMatchObject({
        code: 'REGISTRY_REJECTED',
        message: expect.stringContaining('no credential can be sent there')
      })
    }
  )

  test('is shown no token when the registry redirects there', async () => {
    const storage = await openScript([get('/blob?sig=x', served)])
    const registry = await openScript(
      [
        bearer,
        get(token, { body: '{"token":"token-one-of-the-test"}' }),
        get(page, { status: 307, headers: { location: `${storage.base}/blob?sig=x` } })
      ],
      { inOrder: true }
    )
    const { client, log } = wire({ credential: anna })
    expect(await client.getManifest(at(registry, ':1'))).toMatchObject({ digest })
    expect(shownTo(registry)).toEqual([undefined, annaBasic, 'Bearer token-one-of-the-test'])
    expect(shownTo(storage)).toEqual([undefined])
    expect(log.join()).not.toMatch(/sig=x|Bearer token-one-of-the-test|YW5u/)
  })

  test.each(['before there is a token', 'with a token'])(
    'is not answered when it challenges, %s',
    async when => {
      const body = '{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}'
      const storage = await openScript([get('/blob', { status: 401, headers: basic, body })])
      const redirect = get(page, { status: 307, headers: { location: `${storage.base}/blob` } })
      const first =
        when === 'with a token' ? [bearer, get(token, { body: '{"token":"token-one-of-the-test"}' })] : []
      const registry = await openScript([...first, redirect], { inOrder: true })
      const { client, lookups } = wire({ credential: anna })
      await expect(client.getManifest(at(registry, ':1'))).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
        message: `UNAUTHORIZED: who are you? (GET ${storage.base}/blob → status 401)`
      })
      expect(shownTo(storage)).toEqual([undefined])
      expect(lookups).toHaveLength(first.length / 2)
    }
  )

  test('is shown no name and password when the token server redirects there', async () => {
    const other = await openScript([get('/token', { body: '{"token":"token-one-of-the-test"}' })])
    const registry = await openScript(
      [bearer, get(token, { status: 302, headers: { location: `${other.base}/token` } }), get(page, served)],
      { inOrder: true }
    )
    const { client } = wire({ credential: anna })
    expect(await client.getManifest(at(registry, ':1'))).toMatchObject({ digest })
    expect(shownTo(registry)).toEqual([undefined, annaBasic, 'Bearer token-one-of-the-test'])
    expect(shownTo(other)).toEqual([undefined])
  })

  test('is shown name and password, but no token, where it is the registry’s token server', async () => {
    const server = await openScript([get(token, { body: '{"token":"token-one-of-the-test"}' })])
    const challenge = `Bearer realm="${server.base}/token"`
    const registry = await openScript(
      [get(page, { status: 401, headers: { 'www-authenticate': challenge } }), get(page, served)],
      { inOrder: true }
    )
    expect(await wire({ credential: anna }).client.getManifest(at(registry, ':1'))).toMatchObject({ digest })
    expect(shownTo(server)).toEqual([annaBasic])
    expect(shownTo(registry)).toEqual([undefined, 'Bearer token-one-of-the-test'])
  })
})

describe('the credential of a registry', () => {
  const address = 'http://127.0.0.1:5000/v2/acme/app/manifests/1'
  const repository = at({ host: '127.0.0.1:5000' }, ':1').repository
  const access = { repository, actions: ['pull'] } as const
  const sent: string[] = []
  const send = authorizing(
    request => {
      sent.push(`${request.url.href} ${request.headers.authorization ?? 'nothing'}`)
      const challenged = { status: 401, headers: basic, from: request.url.href }
      const answer = request.headers.authorization === undefined ? challenged : {}
      return Promise.resolve(answerTo(request, answer))
    },
    {
      keychain: () => Promise.resolve(anna),
      mask: () => undefined,
      now: () => 0,
      sleep: () => Promise.resolve()
    }
  )

  // `URL.origin` of both is the same.
  test('is not sent to a blob: URL with the registry’s URL inside', async () => {
    await send(requestTo(address, { access }))
    const elsewhere = new URL(`blob:${address}`)
    await send({ ...requestTo(address, { access }), url: elsewhere })
    expect(sent.slice(0, 2)).toEqual([`${address} nothing`, `${address} ${annaBasic}`])
    expect(sent[2]).toBe(`${elsewhere.href} nothing`)
  })
})

describe('the token server', () => {
  test('is not answered when it challenges', async () => {
    const registry = await openScript([bearer, get(token, { status: 401, headers: basic })], {
      inOrder: true
    })
    await expect(wire({ credential: anna }).client.getManifest(at(registry, ':1'))).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      message: expect.stringContaining(`GET ${registry.base}/token → status 401`)
    })
  })
})

describe('a credential', () => {
  test('is found by the registry that was configured, and each has its own', async () => {
    const [one, other] = [
      await openRegistry({ auth: { kind: 'bearer', accounts } }),
      await openRegistry({ auth: { kind: 'bearer', accounts } })
    ]
    for (const registry of [one, other]) registry.seed('acme/app', image(), ['1'])
    const { client, lookups } = wire({ credential: anna })
    await Promise.all([one, other].map(registry => client.getManifest(at(registry, ':1'))))
    expect([...lookups].sort()).toEqual([one, other].map(({ host }) => `${host}/acme/app pull,push`).sort())
    for (const { log } of [one, other]) expect(log.map(({ status }) => status)).toEqual([401, 200, 200])
    const [first, second] = [one, other].map(({ log }) => log.at(-1)?.authorization)
    expect(first).not.toBe(second)
  })

  test('is asked for once for each repository', async () => {
    const registry = await openRegistry({ auth: { kind: 'bearer', accounts } })
    const { client, lookups } = wire({ credential: anna, actions: ['pull'] })
    for (const name of ['acme/app', 'acme/base', 'acme/app', 'acme/base']) {
      registry.seed(name, image(), ['1'])
      await client.getManifest(parseReference(`${registry.host}/${name}:1`))
    }
    expect(lookups).toEqual([`${registry.host}/acme/app pull`, `${registry.host}/acme/base pull`])
    // The second repository's token is fetched before the registry asks for it.
    expect(registry.log.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200, 200, 200])
    const scopes = registry.log.filter(({ path }) => path.startsWith('/token')).map(({ path }) => path)
    expect(scopes.map(path => new URLSearchParams(path.slice('/token?'.length)).get('scope'))).toEqual([
      'repository:acme/app:pull',
      'repository:acme/base:pull'
    ])
  })

  test('is shown with no request that has no access of its own', async () => {
    const registry = await openScript([get(page, { status: 401, headers: basic })])
    const { send, lookups } = wire({ credential: anna })
    expect(await send(requestTo(registry.base + page))).toMatchObject({ status: 401 })
    expect([lookups, shownTo(registry)]).toEqual([[], [undefined]])
  })
})
