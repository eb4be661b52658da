/** Scenario: a release tag exists and points to another image, so nothing is written at all. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test('refuses to move a release tag', async () => {
  const here = { base: registry.base, repository: 'acme/app' }
  const [released, rebuilt] = [image({ seed: 'released' }), image({ seed: 'rebuilt' })]
  await push(here, released, ['v1.4.0', 'latest'])
  await push(here, rebuilt, ['sha-2'])

  const run = await runAction({
    registry: registry.host,
    repository: 'acme/app',
    source: 'sha-2',
    target: 'v1.4.0 v1.4 latest',
    'if-exists': 'v?.?.?=fail\nlatest=move'
  })

  const name = `${registry.host}/acme/app:v1.4.0`
  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { changed: 'false' },
    annotations: [{ level: 'error', title: 'Retag: TARGET_PROTECTED' }],
    report: {
      targets: [
        { outcome: 'refused', digest: released.digest },
        { outcome: 'not-attempted' },
        { outcome: 'not-attempted', digest: released.digest }
      ]
    }
  })
  for (const named of [name, released.digest, rebuilt.digest])
    expect(run.annotations[0]?.message).toContain(named)
  expect((await pull(here, 'latest'))?.digest).toBe(released.digest)
  expect(await pull(here, 'v1.4')).toBeUndefined()
  expect((await registry.requestsBy('retag')).filter(line => line.startsWith('PUT'))).toStrictEqual([])
})

test('keeps a tag that is to be skipped, and gives the others', async () => {
  const here = { base: registry.base, repository: 'acme/skip' }
  const [released, rebuilt] = [image({ seed: 'released' }), image({ seed: 'rebuilt' })]
  await push(here, released, ['v1.4.0'])
  await push(here, rebuilt, ['sha-2'])

  const run = await runAction({
    registry: registry.host,
    repository: 'acme/skip',
    source: 'sha-2',
    target: 'v1.4.0 edge',
    'if-exists': 'skip'
  })

  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { changed: 'true' } })
  expect(run.report?.targets.map(({ outcome }) => outcome)).toStrictEqual(['kept', 'created'])
  expect((await pull(here, 'v1.4.0'))?.digest).toBe(released.digest)
})
