/** Scenario: another program pulls what Retag has tagged, down to the last layer. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image, indexOf } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { secondReader } from '../../testing/second-reader.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test(`can be pulled by ${secondReader.name}`, async () => {
  const here = { base: registry.base, repository: 'acme/app' }
  const pushed = indexOf([image(), image({ platform: 'linux/arm64/v8' })])
  await push(here, pushed, ['sha-1'])

  const run = await runAction({
    registry: registry.host,
    repository: 'acme/app',
    source: 'sha-1',
    target: 'latest'
  })

  expect(run.exitCode).toBe(0)
  expect(await secondReader.pullAll(here, 'latest')).toBe(pushed.digest)
})
