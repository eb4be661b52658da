/** Tests of the login files of Docker and Podman. */
import { describe, expect, test } from '@jest/globals'
import { type Dialect, entryFor, helperFor, parseDockerConfig } from '../../src/credentials/docker-config.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'
import { entry, repository } from './logins.ts'

const origin = '/home/ci/.docker/config.json'

/** Whose name is found for a repository in a file with entries for these keys. */
function foundAmong(keys: readonly string[], name: string, dialect: Dialect = 'docker'): string | undefined {
  const auths = Object.fromEntries(keys.map(key => [key, entry(key.replaceAll(':', '_'))]))
  const config = parseDockerConfig(JSON.stringify({ auths }), origin)
  const found = entryFor(config, repository(name), dialect)
  return found?.kind === 'basic' ? found.username.replaceAll('_', ':') : undefined
}

describe('a key of a login file', () => {
  test.each([
    ['https://index.docker.io/v1/', 'acme/app'],
    ['https://index.docker.io/v1', 'acme/app'],
    ['index.docker.io', 'acme/app'],
    ['docker.io', 'acme/app'],
    ['https://docker.io', 'app'],
    ['registry-1.docker.io', 'acme/app'],
    ['index.docker.io/v1/', 'acme/app'],
    ['ghcr.io', 'ghcr.io/acme/app'],
    ['GHCR.IO', 'ghcr.io/acme/app'],
    ['https://ghcr.io', 'ghcr.io/acme/app'],
    ['http://ghcr.io/', 'ghcr.io/acme/app'],
    ['https://ghcr.io/v1/', 'ghcr.io/acme/app'],
    ['https://ghcr.io/v2/', 'ghcr.io/acme/app'],
    ['https://ghcr.io/any/path', 'ghcr.io/acme/app'],
    ['ghcr.io/', 'ghcr.io/acme/app'],
    ['localhost:5000', 'localhost:5000/acme/app'],
    ['https://localhost:5000/v1/', 'localhost:5000/acme/app'],
    ['[::1]:5000', '[::1]:5000/acme/app']
  ])('%s fits %s', (key, name) => {
    expect(foundAmong([key], name)).toBe(key)
    expect(foundAmong([key], name, 'podman')).toBe(key)
  })

  test.each([
    ['ghcr.io', 'ghcr.io.evil.example/acme/app'],
    ['ghcr.io', 'evil-ghcr.io/acme/app'],
    ['ghcr.io.evil.example', 'ghcr.io/acme/app'],
    ['hcr.io', 'ghcr.io/acme/app'],
    ['https://evil.example/ghcr.io', 'ghcr.io/acme/app'],
    ['https://ghcr.io@evil.example/', 'ghcr.io/acme/app'],
    ['https://user@ghcr.io/', 'ghcr.io/acme/app'],
    ['ghcr.io', 'ghcr.io:8443/acme/app'],
    ['localhost:5000', 'localhost:5001/acme/app'],
    ['localhost', 'localhost:5000/acme/app'],
    ['docker.io.evil.example', 'acme/app'],
    ['hub.docker.com', 'acme/app'],
    ['', 'acme/app'],
    ['/', 'acme/app']
  ])('%s does not fit %s', (key, name) => {
    expect(foundAmong([key], name)).toBeUndefined()
    expect(foundAmong([key], name, 'podman')).toBeUndefined()
  })

  test.each([
    ['the exact key before the same host in other forms', ['https://ghcr.io/v1/', 'ghcr.io'], 'ghcr.io'],
    [
      'Docker’s own key before other names of Docker Hub',
      ['docker.io', 'https://index.docker.io/v1/'],
      'https://index.docker.io/v1/'
    ],
    ['the first of equals', ['https://ghcr.io/v1/', 'https://ghcr.io'], 'https://ghcr.io/v1/'],
    [
      'the longest path first',
      ['ghcr.io', 'ghcr.io/acme', 'ghcr.io/acme/app', 'ghcr.io/other'],
      'ghcr.io/acme/app'
    ],
    ['a namespace before the host', ['ghcr.io', 'ghcr.io/acme'], 'ghcr.io/acme'],
    ['the host where no namespace fits', ['ghcr.io/acm', 'ghcr.io/acme/ap', 'ghcr.io'], 'ghcr.io']
  ])('wins: %s', (_what, keys, winner) => {
    const name = keys.some(key => key.includes('docker')) ? 'acme/app' : 'ghcr.io/acme/app'
    expect(foundAmong(keys, name)).toBe(winner)
    expect(foundAmong(keys, name, 'podman')).toBe(winner)
  })

  test('that is a namespace fits the rest of its registry for Docker alone, which knows no namespaces', () => {
    expect(foundAmong(['ghcr.io/other'], 'ghcr.io/acme/app', 'docker')).toBe('ghcr.io/other')
    expect(foundAmong(['ghcr.io/other'], 'ghcr.io/acme/app', 'podman')).toBeUndefined()
    expect(foundAmong(['ghcr.io/other', 'https://ghcr.io'], 'ghcr.io/acme/app')).toBe('https://ghcr.io')
  })
})

describe('an entry of a login file', () => {
  const found = (content: unknown): unknown => {
    const config = parseDockerConfig(JSON.stringify({ auths: { 'ghcr.io': content } }), origin)
    return entryFor(config, repository('ghcr.io/acme/app'), 'docker')
  }
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const basic = (username: string, password: string): object => ({
    kind: 'basic',
    username,
    password,
    origin
  })

  test.each([
    ['a pair', { auth: base64('anna:secret') }, basic('anna', 'secret')],
    ['a password with colons', { auth: base64('anna:a:b::c') }, basic('anna', 'a:b::c')],
    ['a password that is empty', { auth: base64('anna:') }, basic('anna', '')],
    ['unpadded base64', { auth: base64('anna:secret1').replace(/=+$/, '') }, basic('anna', 'secret1')],
    ['the base64 of URLs', { auth: base64('anna:??>>').replaceAll('/', '_') }, basic('anna', '??>>')],
    ['a NUL at the end', { auth: base64('anna:secret\0\0') }, basic('anna', 'secret')],
    ['a line end after it', { auth: `${base64('anna:secret')}\n` }, basic('anna', 'secret')],
    [
      'line ends within it, as the program base64 writes them',
      { auth: base64(`anna:${'secret'.repeat(20)}`).replace(/.{76}/g, '$&\r\n') },
      basic('anna', 'secret'.repeat(20))
    ],
    ['letters of all languages', { auth: base64('änna:pässwörd') }, basic('änna', 'pässwörd')],
    ['fields', { username: 'anna', password: ' sec:ret ' }, basic('anna', ' sec:ret ')],
    ['a pair beside fields', { auth: base64('anna:a'), username: 'x', password: 'y' }, basic('anna', 'a')],
    [
      'an identity token',
      { auth: base64('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
      { kind: 'identity', token: 'refresh', username: '00000000-0000-0000-0000-000000000000', origin }
    ],
    ['an identity token alone', { identitytoken: 'refresh' }, { kind: 'identity', token: 'refresh', origin }],
    ['a registry token', { registrytoken: 'access' }, { kind: 'bearer', token: 'access', origin }],
    [
      'a registry token before all else',
      { auth: base64('a:b'), identitytoken: 'refresh', registrytoken: 'access' },
      { kind: 'bearer', token: 'access', origin }
    ],
    ['nothing, beside a store', {}, undefined],
    ['null', null, undefined],
    ['empty fields', { auth: '', username: '', password: '', identitytoken: '' }, undefined],
    ['an e-mail address alone', { email: 'anna@example.com' }, undefined]
  ])('holds %s', (_what, content, credential) => {
    expect(found(content)).toEqual(credential)
  })

  test.each([
    ['no base64', { auth: 'anna:secret' }],
    ['base64 of no pair', { auth: base64('secret') }],
    ['base64 of a pair without a name', { auth: base64(':secret') }],
    ['a number for a pair', { auth: 5 }],
    ['an object for a token', { identitytoken: { secret: 'secret' } }],
    ['a text for an entry', 'anna:secret'],
    ['a list for an entry', ['secret']]
  ])('that has %s is an error that names the file and the key, and quotes nothing', (_what, content) => {
    const error = errorThrownBy(() => found(content))
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', advice: expect.stringMatching(/\.$/) })
    expect(error?.message).toContain(origin)
    expect(error?.message).toContain('ghcr.io')
    expect(`${error?.message ?? ''}${String(error?.cause)}`).not.toMatch(/secret|c2VjcmV0/)
  })

  test('that is broken does no harm to other registries', () => {
    const auths = { 'quay.io': { auth: 5 }, 'ghcr.io': entry('anna') }
    const config = parseDockerConfig(JSON.stringify({ auths }), origin)
    expect(entryFor(config, repository('ghcr.io/acme/app'), 'docker')).toMatchObject({ username: 'anna' })
  })

  test('that is empty is passed over for one that is not', () => {
    const auths = { 'ghcr.io': {}, 'https://ghcr.io/v1/': entry('anna') }
    const config = parseDockerConfig(JSON.stringify({ auths }), origin)
    expect(entryFor(config, repository('ghcr.io/acme/app'), 'docker')).toMatchObject({ username: 'anna' })
  })
})

describe('the helper of a login file', () => {
  test.each([
    ['the registry’s own', { credHelpers: { 'ghcr.io': 'own' }, credsStore: 'all' }, 'own'],
    ['that for all', { credHelpers: { 'quay.io': 'other' }, credsStore: 'all' }, 'all'],
    ['the registry’s own in another form', { credHelpers: { 'https://ghcr.io': 'own' } }, 'own'],
    ['that for all where its own is empty', { credHelpers: { 'ghcr.io': '' }, credsStore: 'all' }, 'all'],
    ['none', {}, ''],
    ['none where there is null', { credHelpers: null, credsStore: null, auths: null }, '']
  ])('is %s', (_which, content, name) => {
    const config = parseDockerConfig(JSON.stringify(content), origin)
    expect(helperFor(config, repository('ghcr.io/acme/app'), 'docker')).toBe(name)
  })

  test.each([
    ['a name that is none', { credHelpers: { 'ghcr.io': 5 } }],
    ['a store that is none', { credsStore: {} }]
  ])('is an error for %s', (_what, content) => {
    const work = (): string =>
      helperFor(parseDockerConfig(JSON.stringify(content), origin), repository('ghcr.io/acme/app'), 'docker')
    expect(errorThrownBy(work)?.message).toContain(origin)
  })
})

describe('parseDockerConfig', () => {
  test.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['no section', '{"HttpHeaders":{}}']
  ])('finds no login in a file with %s', (_what, text) => {
    const config = parseDockerConfig(text, origin)
    expect(entryFor(config, repository('ghcr.io/acme/app'), 'docker')).toBeUndefined()
  })

  test.each([
    ['what is no JSON', '{"auths": {"ghcr.io": {"auth": "secret'],
    ['what is no object', '"secret"'],
    ['a list', '["secret"]'],
    ['entries that are a list', '{"auths":["secret"]}'],
    ['helpers that are a text', '{"credHelpers":"secret"}']
  ])('throws for %s, names the file and quotes nothing', (_what, text) => {
    const error = errorThrownBy(() => parseDockerConfig(text, origin))
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', advice: expect.stringMatching(/\.$/) })
    expect(error?.message).toContain(origin)
    expect(`${error?.message ?? ''}${String(error?.cause)}`).not.toContain('secret')
  })

  test('takes names that JavaScript knows for what they are', () => {
    const config = parseDockerConfig('{"auths":{"__proto__":{"auth":5},"constructor":{}}}', origin)
    expect(entryFor(config, repository('ghcr.io/acme/app'), 'docker')).toBeUndefined()
  })
})
