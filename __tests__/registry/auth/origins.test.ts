/** Tests of whom a credential is shown to, and whom never. */
import { describe, expect, test } from '@jest/globals'
import { parseReference } from '../../../src/oci/reference.ts'
import { parseRealm } from '../../../src/registry/auth/realm.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'
import { image } from '../../../testing/images.ts'
import type { Answer, Exchange, Script } from '../../../testing/scripted-server.ts'
import { openRegistry, openScript } from '../opened.ts'
import { requestTo } from '../requests.ts'
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
        message: expect.stringContaining('private network')
      })
    }
  )

  test('is shown no token when the registry redirects there', async () => {
    const storage = await openScript([get('/blob?sig=x', served)])
    const registry = await openScript(
      [
        bearer,
        get(token, { body: '{"token":"t"}' }),
        get(page, { status: 307, headers: { location: `${storage.base}/blob?sig=x` } })
      ],
      { inOrder: true }
    )
    const { client, log } = wire({ credential: anna })
    expect(await client.getManifest(at(registry, ':1'))).toMatchObject({ digest })
    expect(shownTo(registry)).toEqual([undefined, annaBasic, 'Bearer t'])
    expect(shownTo(storage)).toEqual([undefined])
    expect(log.join()).not.toMatch(/sig=x|Bearer t|YW5u/)
  })

  test.each(['before there is a token', 'with a token'])(
    'is not answered when it challenges, %s',
    async when => {
      const body = '{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}'
      const storage = await openScript([get('/blob', { status: 401, headers: basic, body })])
      const redirect = get(page, { status: 307, headers: { location: `${storage.base}/blob` } })
      const first = when === 'with a token' ? [bearer, get(token, { body: '{"token":"t"}' })] : []
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
    const other = await openScript([get('/token', { body: '{"token":"t"}' })])
    const registry = await openScript(
      [bearer, get(token, { status: 302, headers: { location: `${other.base}/token` } }), get(page, served)],
      { inOrder: true }
    )
    const { client } = wire({ credential: anna })
    expect(await client.getManifest(at(registry, ':1'))).toMatchObject({ digest })
    expect(shownTo(registry)).toEqual([undefined, annaBasic, 'Bearer t'])
    expect(shownTo(other)).toEqual([undefined])
  })

  test('is shown name and password, but no token, where it is the registry’s token server', async () => {
    const server = await openScript([get(token, { body: '{"token":"t"}' })])
    const challenge = `Bearer realm="${server.base}/token"`
    const registry = await openScript(
      [get(page, { status: 401, headers: { 'www-authenticate': challenge } }), get(page, served)],
      { inOrder: true }
    )
    expect(await wire({ credential: anna }).client.getManifest(at(registry, ':1'))).toMatchObject({ digest })
    expect(shownTo(server)).toEqual([annaBasic])
    expect(shownTo(registry)).toEqual([undefined, 'Bearer t'])
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
    expect(registry.log.map(({ status }) => status)).toEqual([401, 200, 200, 401, 200, 200, 200, 200])
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

const secure = new URL('https://registry.example/v2/acme/app/manifests/1')
const plain = new URL('http://registry.example:5000/v2/acme/app/manifests/1')
const local = new URL('http://127.0.0.1:5000/v2/acme/app/manifests/1')

describe('a realm', () => {
  test.each([
    ['on another host', 'https://auth.docker.io/token', secure, 'https://auth.docker.io/token'],
    ['with a query', 'https://auth.example/token?a=b', secure, 'https://auth.example/token?a=b'],
    ['that is a path', '/token2', secure, 'https://registry.example/token2'],
    ['that is relative', 'token2', secure, 'https://registry.example/v2/acme/app/manifests/token2'],
    ['on another port', 'https://registry.example:8443/t', secure, 'https://registry.example:8443/t'],
    ['at a public address', 'https://8.8.8.8/token', secure, 'https://8.8.8.8/token'],
    ['at a public address of IPv6', 'https://[2606:4700::1]/t', secure, 'https://[2606:4700::1]/t'],
    ['at a public address of IPv4 in IPv6', 'https://[::ffff:8.8.8.8]/', secure, 'https://[::ffff:808:808]/'],
    ['without TLS, where the registry has none', 'http://auth.example/t', plain, 'http://auth.example/t'],
    ['with TLS, where the registry has none', 'https://auth.example/t', plain, 'https://auth.example/t'],
    ['on the registry’s own host', 'http://127.0.0.1:5001/token', local, 'http://127.0.0.1:5001/token'],
    ['on the registry’s own host, in another notation', 'http://2130706433/t', local, 'http://127.0.0.1/t'],
    ['whose name only looks local', 'https://localhost.example/t', secure, 'https://localhost.example/t']
  ])('%s is fine', (...[, realm, asked, url]) => {
    expect(parseRealm(realm, asked).href).toBe(url)
  })

  test.each([
    ['that is missing', undefined],
    ['that is no address', 'https://'],
    ['without TLS', 'http://auth.example/token'],
    ['that is a file', 'file:///etc/passwd'],
    ['that is data', 'data:application/json,{"token":"x"}'],
    ['with a user', 'https://anna@auth.example/token'],
    ['with a password', 'https://:secret@auth.example/token']
  ])('%s is refused', (_which, realm) => {
    const error = errorThrownBy(() => parseRealm(realm, secure))
    expect(error).toMatchObject({ code: 'REGISTRY_REJECTED', advice: expect.stringMatching(/\.$/) })
    expect(error?.message).not.toContain('secret')
  })

  test.each([
    'localhost',
    'localhost.',
    'LOCALHOST',
    'a.localhost',
    'metadata.google.internal',
    '127.0.0.1',
    '127.1',
    '127.0.0.1.',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '１２７.0.0.1',
    '0.0.0.0',
    '0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '169.254.169.254',
    '0xa9fea9fe',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]'
  ])('at %s is refused', host => {
    for (const asked of [secure, plain, local].filter(
      ({ hostname }) => new URL(`http://${host}`).hostname !== hostname
    ))
      expect(errorThrownBy(() => parseRealm(`https://${host}/token`, asked))?.code).toBe('REGISTRY_REJECTED')
  })

  test('repeats nothing of a bad realm that the runner would obey', () => {
    const error = errorThrownBy(() => parseRealm('https://##[error]x\r\n::error::', secure))
    expect(error?.message).not.toMatch(/[\r\n]|##\[/)
  })
})
