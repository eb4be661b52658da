/** Scenario: a rotation is cut off after any of its writes; no image is lost, and the next run completes it. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { failingWrites, startFaultProxy } from '../../testing/fault-proxy.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const [today, ...earlier] = ['today', 'first', 'second', 'third'].map(seed => image({ seed }))
const names = ['nightly', 'nightly-1', 'nightly-2', 'nightly-3']

test.each([0, 1, 2, 3])('survives a rotation that was cut off after %d writes', async count => {
  const repository = `acme/cut-${count.toString()}`
  const here = { base: registry.base, repository }
  for (const [index, pushed] of earlier.entries()) await push(here, pushed, [names[index] ?? ''])
  if (today) await push(here, today, ['main'])
  const held = (): Promise<(string | undefined)[]> =>
    Promise.all(names.map(async name => (await pull(here, name))?.digest))
  const inputs = {
    repository,
    source: 'main',
    target: 'nightly',
    'keep-previous': '3',
    'on-failure': 'leave'
  }

  const proxy = await startFaultProxy(
    { registry: registry.host },
    failingWrites(write => (write >= count ? '403' : undefined))
  )
  const cut = await runAction({ ...inputs, registry: proxy.host })
  await proxy.close()
  expect(cut.exitCode).toBe(1)
  expect(await held()).toStrictEqual(expect.arrayContaining(earlier.map(({ digest }) => digest)))

  const again = await runAction({ ...inputs, registry: registry.host })
  expect(again.exitCode).toBe(0)
  expect(await held()).toStrictEqual([today, ...earlier].map(built => built?.digest))
})
