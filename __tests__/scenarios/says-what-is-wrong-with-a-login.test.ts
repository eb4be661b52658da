/** Scenario: there is something wrong with the login that the job has left. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'
import { startTokenServer } from '../../testing/token-server.ts'
import { entry, makeJob, visible } from './job.ts'

const tokenServer = await startTokenServer({
  accounts: { ci: 'secret', reader: 'library card' },
  grants: user => (user === 'ci' ? 'pull,push' : user === 'reader' ? 'pull' : '')
})
const { realm, service, issuer, rootCertBundle } = tokenServer
const registry = await startDistribution({ auth: { kind: 'token', realm, service, issuer, rootCertBundle } })
afterAll(() => Promise.all([registry.close(), tokenServer.close()]))

const { host } = registry
const pushed = image()
let here: Parameters<typeof pull>[0]
beforeAll(async () => {
  const authorization = `Bearer ${await tokenServer.tokenFor('repository:acme/app:pull,push')}`
  here = { base: registry.base, repository: 'acme/app', authorization }
  await push(here, pushed, ['sha-1'])
})
const helped = process.platform === 'win32' ? test.skip : test

async function fails(
  files: Readonly<Record<string, unknown>>,
  helpers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {}
): Promise<ActionRun & { message: string }> {
  const job = await makeJob(files, helpers)
  const inputs = { registry: host, repository: 'acme/app', source: 'sha-1', target: 'refused', ...more }
  const run = await runAction(inputs, { env: job.env })
  await job.remove()
  expect(run.exitCode).toBe(1)
  expect(await pull(here, 'refused')).toBeUndefined()
  expect(visible(run.log)).not.toMatch(/secret|library card/)
  return { ...run, message: run.annotations[0]?.message ?? '' }
}

test('names the file that is malformed, and shows nothing of it', async () => {
  const { annotations, message } = await fails({ '.docker/config.json': '{"auths": {"secret' })
  expect(annotations).toMatchObject([{ title: 'Retag: CREDENTIALS_UNREADABLE' }])
  expect(message).toMatch(/config\.json/)
})

helped.each([
  ['that fails', 'echo secret; echo secret >&2; exit 3', 'it failed with exit code 3'],
  ['that prints no login', 'echo secret', 'its output is not a login'],
  ['that prints too much', 'yes secret', 'it printed more than 64 KiB'],
  ['that is not there', undefined, 'there is no such program on the PATH']
])('names the helper %s', async (_which, script, why) => {
  const files = { '.docker/config.json': { auths: { [host]: entry('ci', 'secret') }, credsStore: 'broken' } }
  const { annotations, message } = await fails(files, script === undefined ? {} : { broken: script })
  expect(annotations).toMatchObject([{ title: 'Retag: CREDENTIALS_UNREADABLE' }])
  expect(message).toContain('docker-credential-broken')
  expect(message).toContain(why)
})

test('says which login has too few rights, after one more try', async () => {
  const before = tokenServer.log.length
  const { annotations, message } = await fails({
    '.docker/config.json': { auths: { [host]: entry('reader', 'library card') } }
  })
  expect(annotations).toMatchObject([{ title: 'Retag: DENIED' }])
  expect(message).toMatch(/The login came from .*config\.json\. .*may pull from and push to this repository/)
  expect(tokenServer.log.slice(before).map(({ status }) => status)).toEqual([200, 200])
})

test('shows the job’s token to no registry but ghcr.io, and says that there is no login', async () => {
  const before = tokenServer.log.length
  const { annotations, message, log } = await fails({}, {}, { 'github-token': 'ghs_secret' })
  expect(annotations).toMatchObject([{ title: 'Retag: UNAUTHORIZED' }])
  expect(message).toContain(`No login for ${host} was found`)
  expect(log).toContain('::add-mask::ghs_secret')
  expect(tokenServer.log.slice(before).map(({ authorization }) => authorization)).not.toContain(
    expect.stringMatching(/./)
  )
})

test('reads no login file for a registry that asks for none', async () => {
  const open = await startDistribution()
  const job = await makeJob({ '.docker/config.json': 'malformed' })
  try {
    await push({ base: open.base, repository: 'acme/app' }, pushed, ['sha-1'])
    const inputs = { registry: open.host, repository: 'acme/app', source: 'sha-1', target: 'v1' }
    expect(await runAction(inputs, { env: job.env })).toMatchObject({ exitCode: 0 })
  } finally {
    await job.remove()
    await open.close()
  }
})
