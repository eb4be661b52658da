/** Tests of where a keychain looks for login files, and which of them count. */
import { describe, expect, test } from '@jest/globals'
import { type Asked, auths, entry, nameOf, opened, printed } from './logins.ts'

const config = '/home/ci/.docker/config.json'
const buildx = '/home/ci/.docker/buildx/config'
const podman = '/run/user/1001/containers/auth.json'
const both = ['pull', 'push'] as const

describe('scoped logins', () => {
  const files = {
    [`${buildx}/registry-1.docker.io/acme/app/config.json`]: auths('app', 'https://index.docker.io/v1/'),
    [`${buildx}/registry-1.docker.io@push/config.json`]: auths('push', 'https://index.docker.io/v1/'),
    [config]: auths('plain', 'https://index.docker.io/v1/')
  }

  test.each([
    ['acme/app', both, 'app'],
    ['acme/app', ['pull'], 'app'],
    ['acme/other', both, 'push'],
    ['acme/other', ['pull'], 'plain']
  ] as const)('for %s and %j: %s', async (name, actions, winner) => {
    expect(nameOf(await opened({ files }).find(name, actions))).toBe(winner)
  })

  test.each(['1', 'true', 'TRUE', 't'])('are passed over where they are disabled by %s', async value => {
    const { find } = opened({ files, env: { DOCKER_LOGIN_SCOPE_DISABLED: value } })
    expect(nameOf(await find('acme/app'))).toBe('plain')
  })

  test.each(['0', 'false', ''])('are not disabled by %j', async value => {
    const { find } = opened({ files, env: { DOCKER_LOGIN_SCOPE_DISABLED: value } })
    expect(nameOf(await find('acme/app'))).toBe('app')
  })

  test.each([
    [{ BUILDX_CONFIG: '/buildx', DOCKER_CONFIG: '/docker' }, '/buildx/config/ghcr.io@push/config.json'],
    [{ DOCKER_CONFIG: '/docker' }, '/docker/buildx/config/ghcr.io@push/config.json'],
    [{ BUILDX_CONFIG: '', DOCKER_CONFIG: '' }, `${buildx}/ghcr.io@push/config.json`]
  ])('are where the environment says: %j', async (env, path) => {
    expect(nameOf(await opened({ env, files: { [path]: auths('here') } }).find('ghcr.io/a/b'))).toBe('here')
  })

  test('are read at the same time, and none behind the one that counts matters', async () => {
    const broken = { [`${buildx}/ghcr.io@push/config.json`]: 'no JSON' }
    const { find, watched } = opened({
      files: { [`${buildx}/ghcr.io/a/b/config.json`]: auths('a'), ...broken }
    })
    expect(nameOf(await find('ghcr.io/a/b'))).toBe('a')
    expect(watched.reads).toContain(`${buildx}/ghcr.io@push/config.json`)
    await expect(find('ghcr.io/c/d')).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' })
  })

  test('may come from a helper, like all others', async () => {
    const scoped = { [`${buildx}/ghcr.io@push/config.json`]: { credsStore: 'own' } }
    const { find } = opened({ files: scoped, answer: () => printed('helped') })
    expect(nameOf(await find('ghcr.io/a/b'))).toBe('helped')
  })
})

describe('files are where the environment says:', () => {
  test.each<[string, Asked, string]>([
    ['Docker’s', { env: { DOCKER_CONFIG: '/docker' } }, '/docker/config.json'],
    ['Podman’s one', { env: { REGISTRY_AUTH_FILE: '/auth.json' } }, '/auth.json'],
    ['Podman’s of the user', { env: { XDG_CONFIG_HOME: '/cfg' } }, '/cfg/containers/auth.json'],
    ['Podman’s of root, who has no session', { isRoot: true }, '/run/containers/0/auth.json']
  ])('%s', async (_which, parts, path) => {
    const { find } = opened({ ...parts, files: { [path]: auths('here') } })
    expect(nameOf(await find('ghcr.io/a/b'))).toBe('here')
  })

  test('no other than the one that REGISTRY_AUTH_FILE names is Podman’s', async () => {
    const env = { REGISTRY_AUTH_FILE: '/auth.json', XDG_RUNTIME_DIR: '/run/user/1001' }
    const { find } = opened({ env, files: { [podman]: auths('session') } })
    expect((await find('ghcr.io/a/b')).kind).toBe('anonymous')
  })

  test('a namespace in Podman’s file is for what is below it', async () => {
    const file = { auths: { 'ghcr.io/acme': entry('acme'), 'ghcr.io/acme/app': entry('app') } }
    const { find } = opened({ env: { REGISTRY_AUTH_FILE: '/auth.json' }, files: { '/auth.json': file } })
    const names = ['ghcr.io/acme/app', 'ghcr.io/acme/b', 'ghcr.io/other/c'].map(async name =>
      nameOf(await find(name))
    )
    expect(await Promise.all(names)).toEqual(['app', 'acme', 'anonymous'])
  })
})
