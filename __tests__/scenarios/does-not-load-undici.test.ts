/** Scenario: a run does not load undici, which takes Node tens of milliseconds and which Retag never uses. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

/** Prints the modules that Node has loaded by the end of the run. */
const hook = `process.on('exit', () => console.log('loaded: ' + process.moduleLoadList.join()))`

test('does not load undici', async () => {
  const repository = 'acme/app'
  await push({ base: registry.base, repository }, image(), ['main'])
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` }
  const run = await runAction({ registry: registry.host, repository, source: 'main', target: '1.0' }, { env })

  expect(run.exitCode).toBe(0)
  expect(run.log).toMatch(/^loaded: .*NativeModule http,/m)
  expect(run.log).not.toContain('internal/deps/undici')
})
