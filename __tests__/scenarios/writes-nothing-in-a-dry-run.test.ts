/** Scenario: a pull request tries what the release would do, with the right to pull alone. */
import { afterAll, expect, test } from '@jest/globals'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { startTokenServer } from '../../testing/token-server.ts'

const directory = await mkdtemp(join(tmpdir(), 'retag-dry-run-'))
const tokens = await startTokenServer({
  accounts: { anna: 'secret' },
  grants: user => (user === 'anna' ? 'pull' : '')
})
const open = await startDistribution({ directory })
const { realm, service, issuer, rootCertBundle } = tokens
const guarded = await startDistribution({
  directory,
  auth: { kind: 'token', realm, service, issuer, rootCertBundle }
})
afterAll(async () => {
  await Promise.all([open.close(), guarded.close(), tokens.close()])
  await rm(directory, { recursive: true, force: true })
})

test('writes nothing in a dry run', async () => {
  const here = { base: open.base, repository: 'acme/app' }
  const [yesterday, today] = [image({ seed: 'yesterday' }), image({ seed: 'today' })]
  await push(here, yesterday, ['nightly'])
  await push(here, today, ['main'])
  const given = {
    repository: 'acme/app',
    source: 'main',
    target: 'nightly new',
    'keep-previous': 'nightly=1'
  }

  const login = { username: 'anna', password: 'secret' }
  const dry = await runAction({ ...given, ...login, registry: guarded.host, 'dry-run': 'true' })

  expect(dry).toMatchObject({ exitCode: 0, annotations: [], outputs: { changed: 'true' } })
  expect(dry.log).toContain('Dry run, nothing was written: 2 would be created, 1 would be moved')
  expect(dry.summary).toContain('dry run, nothing was written')
  expect(tokens.log.map(({ path }) => new URL(path, realm).searchParams.get('scope'))).toStrictEqual([
    'repository:acme/app:pull'
  ])
  const methods = (await guarded.requestsBy('retag')).map(line => line.split(' ')[0])
  expect(new Set(methods)).toStrictEqual(new Set(['GET', 'HEAD']))

  const real = await runAction({ ...given, registry: open.host })
  const inOpen = JSON.parse(JSON.stringify(dry.report).replaceAll(guarded.host, open.host)) as object
  expect(inOpen).toStrictEqual({ ...real.report, dryRun: true })
})

test('does not take an empty dry-run for no', async () => {
  const run = await runAction({
    registry: open.host,
    repository: 'a/b',
    source: '1',
    target: '2',
    'dry-run': ''
  })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: INPUT_INVALID' }] })
})
