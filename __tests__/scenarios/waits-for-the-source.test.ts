/** Scenario: the job that pushes the image has not ended yet, and the step waits for it. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const here = { base: registry.base, repository: 'acme/app' }
const given = { registry: registry.host, repository: 'acme/app', source: 'sha-1', target: 'latest' }

test('waits for the source', async () => {
  const [early, built] = [image({ seed: 'early' }), image({ seed: 'built' })]
  const run = runAction({ ...given, 'wait-for-source': '1m', 'expect-digest': built.digest })
  const asked = async (count: number): Promise<boolean> =>
    (await registry.requestsBy('retag')).length >= count
  while (!(await asked(1)));
  await push(here, early, ['sha-1'])
  while (!(await asked(2)));
  await push(here, built, ['sha-1'])

  expect(await run).toMatchObject({ exitCode: 0, outputs: { digest: built.digest } })
  expect((await run).log).toMatch(/^Waiting up to 1 min more: there is no image /m)
  expect((await pull(here, 'latest'))?.digest).toBe(built.digest)
})

test('says what is missing when the time is over', async () => {
  const run = await runAction({ ...given, source: 'never', 'wait-for-source': '1s' })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: SOURCE_NOT_FOUND' }] })
  expect(run.annotations[0]?.message).toMatch(/^waited for 1 s: there is no image .*never/)
})

test('does not wait for what will never be', async () => {
  const run = await runAction({ ...given, registry: '127.0.0.1:1', 'wait-for-source': '1h' })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: REGISTRY_UNAVAILABLE' }] })
  expect(run.log).not.toContain('Waiting')
})
