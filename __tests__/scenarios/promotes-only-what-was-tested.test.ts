/** Scenario: only the image that was tested, for all platforms, becomes a release. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image, indexOf } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const here = { base: registry.base, repository: 'acme/app' }
const tested = indexOf([image(), image({ platform: 'linux/arm64/v8' })])
const single = image({ platform: 'linux/arm64' })
const given = {
  registry: registry.host,
  repository: 'acme/app',
  target: '1.4.0',
  'require-platforms': 'linux/arm64'
}

beforeAll(async () => {
  await push(here, tested, ['tested'])
  await push(here, single, ['single'])
})

test.each([
  {
    what: 'another image',
    source: 'single',
    gate: { 'expect-digest': tested.digest },
    code: 'DIGEST_MISMATCH'
  },
  {
    what: 'an image without a platform',
    source: 'single',
    gate: { 'require-platforms': 'linux/arm64,linux/amd64' },
    code: 'PLATFORM_MISSING'
  },
  {
    what: 'an index without a platform',
    source: 'tested',
    gate: { 'require-platforms': 'linux/s390x' },
    code: 'PLATFORM_MISSING'
  }
])('does not promote $what', async ({ source, gate, code }) => {
  const run = await runAction({ ...given, source, ...gate })

  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { digest: '', changed: 'false' },
    annotations: [{ title: `Retag: ${code}` }],
    report: { targets: [{ outcome: 'not-attempted' }] }
  })
  expect(await pull(here, '1.4.0')).toBeUndefined()
})

test('promotes what was tested', async () => {
  const run = await runAction({ ...given, source: 'tested', 'expect-digest': tested.digest })

  expect(run).toMatchObject({ exitCode: 0, outputs: { digest: tested.digest } })
  expect((await pull(here, '1.4.0'))?.digest).toBe(tested.digest)
})

test('finds the platform of a single image', async () => {
  const run = await runAction({ ...given, source: 'single', target: 'single-release' })

  expect(run).toMatchObject({ exitCode: 0, report: { sources: [{ platforms: ['linux/arm64'] }] } })
})
