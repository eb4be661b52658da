/** Scenario: the job has logged in before, in one of many ways; the step is given no credentials. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { startRegistry } from '../../testing/registry-server.ts'
import { runAction } from '../../testing/run-action.ts'
import { startTokenServer } from '../../testing/token-server.ts'
import { type Job, entry, makeJob, masks, visible } from './job.ts'

const password = 'pass:word of ci'
const tokenServer = await startTokenServer({
  accounts: { ci: password, reader: 'library card' },
  grants: user => (user === 'ci' ? 'pull,push' : user === 'reader' ? 'pull' : '')
})
const { realm, service, issuer, rootCertBundle } = tokenServer
const registry = await startDistribution({ auth: { kind: 'token', realm, service, issuer, rootCertBundle } })
afterAll(() => Promise.all([registry.close(), tokenServer.close()]))

const { host } = registry
const ci = entry('ci', password)
const reader = entry('reader', 'library card')
const login = `{"ServerURL":"${host}","Username":"ci","Secret":"${password}"}`
const inputs = { registry: host, repository: 'acme/app', source: 'sha-1' }
const pushed = image()
let here: Parameters<typeof pull>[0]
beforeAll(async () => {
  const authorization = `Bearer ${await tokenServer.tokenFor('repository:acme/app:pull,push')}`
  here = { base: registry.base, repository: 'acme/app', authorization }
  await push(here, pushed, ['sha-1'])
})

// Node runs no script as a program on Windows.
const helped = process.platform === 'win32' ? test.skip : test

async function promotes(job: Job, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const before = tokenServer.log.length
  const tags = ['1.4.2', '1.4', 'latest']
  const run = await runAction({ ...inputs, target: tags.join() }, { env: { ...job.env, ...env } })
  await job.remove()

  expect(run).toMatchObject({ exitCode: 0, outputs: { digest: pushed.digest } })
  for (const tag of tags) expect((await pull(here, tag))?.digest).toBe(pushed.digest)
  expect(tokenServer.log.slice(before).map(({ status }) => status)).toEqual([200])
  expect(masks(run.log)).toEqual(expect.arrayContaining([password, ci.auth]))
  expect(`${visible(run.log)}${run.summary}${JSON.stringify(run.outputs)}`).not.toMatch(
    new RegExp(`${password}|${ci.auth}|${masks(run.log).at(-1) ?? ''}`)
  )
}

test.each([
  ['docker login', { '.docker/config.json': { auths: { [host]: ci } } }],
  ['docker login of old', { '.docker/config.json': { auths: { [`https://${host}/v1/`]: ci } } }],
  ['podman login', { '.config/containers/auth.json': { auths: { [`${host}/acme`]: ci } } }],
  [
    'docker/login-action with a scope',
    {
      [`.docker/buildx/config/${host}/acme/app@push/config.json`]: { auths: { [host]: ci } },
      '.docker/config.json': { auths: { [host]: reader } }
    }
  ],
  [
    'az login, by an identity token that its token server takes as a password',
    { '.docker/config.json': { auths: { [host]: { ...entry('ci', ''), identitytoken: password } } } }
  ]
])('takes the login of %s', async (_way, files) => {
  const job = await makeJob(files)
  const run = await runAction({ ...inputs, target: 'v' }, { env: job.env })
  await job.remove()
  expect(run).toMatchObject({ exitCode: 0 })
  expect((await pull(here, 'v'))?.digest).toBe(pushed.digest)
})

test('hides every secret of a login file', async () => {
  await promotes(await makeJob({ '.docker/config.json': { auths: { [host]: ci } } }))
})

test('takes the login of DOCKER_AUTH_CONFIG before that of a file', async () => {
  const job = await makeJob({ '.docker/config.json': { auths: { [host]: reader } } })
  await promotes(job, { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: ci } }) })
})

helped('asks the credential helper of the registry, once', async () => {
  const files = { '.docker/config.json': { auths: { [host]: {} }, credHelpers: { [host]: 'cloud' } } }
  const job = await makeJob(files, { cloud: `echo '${login}'` })
  const asked = await runAction({ ...inputs, target: 'v1, v2, v3' }, { env: job.env })
  expect(asked.exitCode).toBe(0)
  expect(await job.asked()).toEqual([`get ${host}`])
  await promotes(job)
})

helped('goes on to the next source where a helper has nothing', async () => {
  const files = { '.docker/config.json': { auths: { [host]: ci }, credsStore: 'empty' } }
  await promotes(await makeJob(files, { empty: 'echo credentials not found in native keychain; exit 1' }))
})

test('sends a registry behind an access proxy the headers that Docker’s file has for it', async () => {
  const behind = await startRegistry({
    profile: {
      name: 'access proxy',
      before: ({ headers }) =>
        headers['x-access-secret'] === 'open sesame, please'
          ? undefined
          : { status: 403, body: '<html>Sign in</html>' }
    }
  })
  behind.seed('acme/app', pushed, ['sha-1'])
  const HttpHeaders = { 'X-Access-Secret': 'open sesame, please', 'User-Agent': 'Docker-Client/19.03' }
  const job = await makeJob({ '.docker/config.json': { auths: { [behind.host]: {} }, HttpHeaders } })
  const run = await runAction({ ...inputs, registry: behind.host, target: '1.4.2' }, { env: job.env })
  await Promise.all([job.remove(), behind.close()])
  expect(run).toMatchObject({ exitCode: 0, outputs: { digest: pushed.digest } })
  expect(new Set(behind.log.map(({ headers }) => headers['user-agent']))).toEqual(new Set(['retag']))
  expect(masks(run.log)).toContain('open sesame, please')
})
