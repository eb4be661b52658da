/** Tests of the order in which sources of credentials are asked, and of what is read and run for it. */
import { describe, expect, test } from '@jest/globals'
import { parseRegistry } from '../../src/oci/registry-host.ts'
import { NotALoginFile } from '../../src/credentials/machine.ts'
import { type Asked, auths, entry, nameOf, nodeError, opened, printed } from './logins.ts'

const config = '/home/ci/.docker/config.json'
const buildx = '/home/ci/.docker/buildx/config'
const podman = '/run/user/1001/containers/auth.json'
const ghcr = parseRegistry('ghcr.io')

const notFound = { kind: 'exited', code: 1, output: 'credentials not found in native keychain' } as const

describe('the first source that has a login wins', () => {
  const everything = {
    login: { registry: ghcr, username: 'inputs', password: 'p' },
    env: {
      DOCKER_AUTH_CONFIG: JSON.stringify(auths('variable')),
      XDG_RUNTIME_DIR: '/run/user/1001'
    },
    files: {
      [`${buildx}/ghcr.io/acme/app@push/config.json`]: auths('scoped'),
      [config]: { ...auths('file'), credHelpers: { 'ghcr.io': 'own' }, credsStore: 'all' },
      [podman]: auths('session'),
      '/home/ci/.config/containers/auth.json': auths('podman')
    },
    answer: ({ file }: { file: string }) => printed(file),
    githubToken: 'token'
  } satisfies Asked
  const noInputs = { ...everything, login: undefined }
  const noVariable = { ...noInputs, env: { XDG_RUNTIME_DIR: '/run/user/1001' } }
  const without = (...paths: string[]): Record<string, unknown> =>
    Object.fromEntries(Object.entries(everything.files).filter(([path]) => !paths.includes(path)))
  const noScope = { ...noVariable, files: without(`${buildx}/ghcr.io/acme/app@push/config.json`) }

  test.each<[string, string, Asked]>([
    ['the inputs', 'inputs', everything],
    ['DOCKER_AUTH_CONFIG', 'variable', noInputs],
    ['a scoped login', 'scoped', noVariable],
    ['the registry’s helper', 'docker-credential-own', noScope],
    [
      'the helper for all',
      'docker-credential-all',
      { ...noScope, files: { ...noScope.files, [config]: { ...auths('file'), credsStore: 'all' } } }
    ],
    ['Docker’s file', 'file', { ...noScope, files: { ...noScope.files, [config]: auths('file') } }],
    ['the file where the helper has none', 'file', { ...noScope, answer: () => notFound }],
    ['Podman’s file of the session', 'session', { ...noScope, files: { [podman]: auths('session') } }],
    [
      'Podman’s file of the user',
      'podman',
      { ...noScope, files: { '/home/ci/.config/containers/auth.json': auths('podman') } }
    ],
    ['the job’s token', 'x-access-token', { githubToken: 'token' }],
    ['nobody', 'anonymous', {}]
  ])('%s', async (_source, winner, asked) => {
    expect(nameOf(await opened(asked).find('ghcr.io/acme/app'))).toBe(winner)
  })
})

describe('the job’s token', () => {
  const server = 'https://github.example.com'

  test.each<[string | undefined, string, Record<string, string>]>([
    ['https://github.com', 'ghcr.io', {}],
    ['https://github.com/', 'ghcr.io', {}],
    ['https://octocorp.ghe.com', 'containers.octocorp.ghe.com', {}],
    [server, 'containers.github.example.com', {}],
    [`${server}:8443`, 'containers.github.example.com:8443', {}]
  ])('of %s is for %s', async (GITHUB_SERVER_URL, registry, more) => {
    const { find } = opened({ env: { GITHUB_SERVER_URL, ...more }, githubToken: 'token' })
    expect(nameOf(await find(`${registry}/acme/app`))).toBe('x-access-token')
  })

  test.each<[string | undefined, string, Record<string, string>]>([
    [undefined, 'ghcr.io', {}],
    ['', 'ghcr.io', {}],
    ['github.com', 'ghcr.io', {}],
    ['http://github.com', 'ghcr.io', {}],
    ['https://github.com.example', 'ghcr.io', {}],
    ['https://github.com:8443', 'ghcr.io', {}],
    ['https://[::1]', 'ghcr.io', {}],
    [server, 'ghcr.io', {}],
    [server, 'github.example.com', {}],
    ['https://octocorp.ghe.com', 'ghcr.io', {}],
    ['https://github.com', 'containers.github.com', {}],
    ['https://github.com', 'docker.io', {}],
    ['http://github.example.com', 'containers.github.example.com', {}],
    [server, 'containers.github.example.com', { GITEA_ACTIONS: 'true' }],
    [server, 'containers.github.example.com', { FORGEJO_ACTIONS: 'true' }],
    ['https://github.com', 'ghcr.io', { GITEA_ACTIONS: 'true' }],
    ['https://github.com', 'ghcr.io', { FORGEJO: 'true' }]
  ])('of %s is not sent to %s (%j)', async (GITHUB_SERVER_URL, registry, more) => {
    const { find } = opened({ env: { GITHUB_SERVER_URL, ...more }, githubToken: 'token' })
    expect((await find(`${registry}/acme/app`)).kind).toBe('anonymous')
  })
})

describe('each source is named', () => {
  test.each<[string, Asked]>([
    ['the inputs username and password', { login: { registry: ghcr, username: 'anna', password: 'p' } }],
    ['DOCKER_AUTH_CONFIG', { env: { DOCKER_AUTH_CONFIG: JSON.stringify(auths('anna')) } }],
    [config, { files: { [config]: auths('anna') } }],
    [
      `docker-credential-own, named in ${config}`,
      { files: { [config]: { credsStore: 'own' } }, answer: () => printed('anna') }
    ],
    ['the input github-token', { githubToken: 'token' }]
  ])('%s', async (origin, asked) => {
    const found = await opened(asked).find('ghcr.io/acme/app')
    expect(found.kind === 'basic' && found.origin.replaceAll('\\', '/')).toBe(origin)
  })
})

describe('a source is for its own registry alone:', () => {
  test.each(['ghcr.io:443/acme/app', 'ghcr.io.evil.example/acme/app', 'acme/app', 'evil.io/ghcr.io/app'])(
    'neither the job’s token nor the inputs nor a file for ghcr.io are shown to %s',
    async name => {
      const asked = {
        login: { registry: ghcr, username: 'inputs', password: 'p' },
        env: { DOCKER_AUTH_CONFIG: JSON.stringify(auths('variable')) },
        files: { [config]: auths('file') },
        githubToken: 'token'
      }
      expect((await opened(asked).find(name)).kind).toBe('anonymous')
    }
  )

  test.each(['acme/app', 'index.docker.io/acme/app', 'registry-1.docker.io/acme/app'])(
    'the inputs’ login for Docker Hub is for %s, by whichever of its names',
    async name => {
      const login = { registry: parseRegistry('docker.io'), username: 'hub', password: 'p' }
      expect(nameOf(await opened({ login }).find(name))).toBe('hub')
    }
  )

  test('the next source is asked where the variable has nothing for the registry', async () => {
    const asked = {
      env: { DOCKER_AUTH_CONFIG: JSON.stringify(auths('variable', 'quay.io')) },
      files: { [config]: auths('file') }
    }
    expect(nameOf(await opened(asked).find('ghcr.io/acme/app'))).toBe('file')
  })

  test('targets in several registries get their own logins', async () => {
    const file = { auths: { 'quay.io': entry('q'), 'https://index.docker.io/v1/': entry('h') } }
    const { find } = opened({ files: { [config]: file }, githubToken: 'token' })
    const names = ['quay.io/a/b', 'a/b', 'ghcr.io/a/b'].map(async name => nameOf(await find(name)))
    expect(await Promise.all(names)).toEqual(['q', 'h', 'x-access-token'])
  })
})

describe('DOCKER_AUTH_CONFIG', () => {
  test('names no helper that is run: they belong to the machine it was copied from', async () => {
    const text = JSON.stringify({ ...auths('variable'), credsStore: 'desktop' })
    const { find, watched } = opened({ env: { DOCKER_AUTH_CONFIG: text } })
    expect(nameOf(await find('ghcr.io/acme/app'))).toBe('variable')
    expect(watched.runs).toEqual([])
  })

  test('counts as not set when it is empty', async () => {
    expect((await opened({ env: { DOCKER_AUTH_CONFIG: '' } }).find('ghcr.io/a/b')).kind).toBe('anonymous')
  })

  test('is an error where it is malformed', async () => {
    const { find } = opened({ env: { DOCKER_AUTH_CONFIG: '{"auths":secret' }, githubToken: 'token' })
    await expect(find('ghcr.io/acme/app')).rejects.toMatchObject({
      code: 'CREDENTIALS_UNREADABLE',
      message: expect.stringMatching(/^(?!.*secret).*DOCKER_AUTH_CONFIG/)
    })
  })
})

describe('a file that cannot be read', () => {
  test.each(['ENOENT', 'ENOTDIR'])('because there is none (%s) is none', async code => {
    const { find } = opened({ files: { [config]: nodeError(code) }, githubToken: 'token' })
    expect(nameOf(await find('ghcr.io/acme/app'))).toBe('x-access-token')
  })

  test.each([
    nodeError('EACCES'),
    nodeError('EISDIR'),
    new NotALoginFile('it is larger than 1 MiB'),
    new Error('secret'),
    '{"auths"'
  ])('otherwise is an error that names it, though other sources have a login: %p', async file => {
    const { find } = opened({ files: { [config]: file }, githubToken: 'token' })
    const error = await find('ghcr.io/acme/app').catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE', advice: expect.stringMatching(/\.$/) })
    expect('message' in error && error.message.replaceAll('\\', '/')).toMatch(
      /^(?!.*secret).*\/home\/ci\/\.docker\/config\.json/
    )
  })
})

describe('a keychain', () => {
  test('reads and runs nothing before the first question', () => {
    const { watched } = opened({ files: { [config]: { credsStore: 'own' } } })
    expect([watched.reads, watched.runs]).toEqual([[], []])
  })

  test('reads nothing where the inputs have the login', async () => {
    const { find, watched } = opened({ login: { registry: ghcr, username: 'anna', password: 'p' } })
    await find('ghcr.io/acme/app')
    expect(watched.reads).toEqual([])
  })

  test('reads each file once, and asks a helper once for each registry, however often it is asked', async () => {
    const { find, watched } = opened({
      files: { [config]: { credsStore: 'own' } },
      answer: () => printed('anna')
    })
    const names = ['ghcr.io/a/b', 'ghcr.io/a/c', 'a/b', 'ghcr.io/a/b', 'app']
    await Promise.all(names.flatMap(name => [find(name), find(name, ['pull'])]))
    await find('ghcr.io/a/d')
    expect(watched.runs.map(({ input }) => input)).toEqual(['ghcr.io', 'https://index.docker.io/v1/'])
    expect(watched.reads.filter(path => path === config)).toHaveLength(1)
    expect(new Set(watched.reads).size).toBe(watched.reads.length)
  })
})
