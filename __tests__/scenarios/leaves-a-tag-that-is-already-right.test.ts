/** Scenario: the step is run again, and what it has done already is not done once more. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test('leaves a tag that is already right', async () => {
  const pushed = image()
  await push({ base: registry.base, repository: 'acme/app' }, pushed, ['sha-1', 'latest'])

  const run = await runAction({
    registry: registry.host,
    repository: 'acme/app',
    source: 'sha-1',
    target: 'latest'
  })

  const { digest } = pushed
  expect(run).toMatchObject({
    exitCode: 0,
    outputs: { digest, changed: 'false', 'previous-digest': digest },
    report: { targets: [{ outcome: 'unchanged', digest, previousDigest: digest }] }
  })
  expect((await registry.requestsBy('retag')).sort()).toEqual([
    'GET /v2/acme/app/manifests/sha-1 → 200',
    'HEAD /v2/acme/app/manifests/latest → 200'
  ])
})

test('writes the other tags alone', async () => {
  const pushed = image()
  await push({ base: registry.base, repository: 'acme/other' }, pushed, ['sha-1', '1.4'])

  const run = await runAction({
    registry: registry.host,
    repository: 'acme/other',
    source: 'sha-1',
    target: '1.4.2 1.4'
  })

  expect(run.report?.targets.map(({ outcome }) => outcome)).toEqual(['created', 'unchanged'])
  const requests = await registry.requestsBy('retag')
  expect(requests.filter(line => line.startsWith('PUT'))).toEqual([
    'PUT /v2/acme/other/manifests/1.4.2 → 201'
  ])
})
