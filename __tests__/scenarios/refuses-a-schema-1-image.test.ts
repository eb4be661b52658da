/** Scenario: a registry still holds an image of 2015, whose signature covers its tag. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image, mediaTypes } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { pushSchema1Fixture, schema1Fixture } from '../../testing/schema1-fixture.ts'

const registry = await startDistribution({ schema1: true })
afterAll(() => registry.close())
beforeAll(() => pushSchema1Fixture(registry))

const { repository, tag } = schema1Fixture
const here = { base: registry.base, repository }
const home = { registry: registry.host, repository }

test.each([
  ['its tag', () => Promise.resolve(tag)],
  ['its digest', digestNow]
])('refuses a schema-1 image by %s', async (_name, source) => {
  const run = await runAction({ ...home, source: await source(), target: 'new' })

  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { digest: '', changed: 'false' },
    annotations: [{ level: 'error', title: 'Retag: MANIFEST_UNSUPPORTED' }],
    report: { targets: [{ outcome: 'not-attempted' }] }
  })
  expect(run.annotations[0]?.message).toContain(`schema-1 manifest (media type "${mediaTypes.schema1Signed}"`)
  expect(run.annotations[0]?.message).toContain('cannot be retagged')
  expect(await pull(here, 'new')).toBeUndefined()
  expect((await registry.requestsBy('retag')).filter(line => line.startsWith('PUT'))).toEqual([])
})

test('moves a tag away from a schema-1 image', async () => {
  const current = image()
  await push(here, current, ['now'])
  const digest = await digestNow()

  const run = await runAction({ ...home, source: 'now', target: tag })

  expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'true', 'previous-digest': digest } })
  expect((await pull(here, tag))?.digest).toBe(current.digest)
})

async function digestNow(): Promise<string> {
  const { headers } = await fetch(`${registry.base}/v2/${repository}/manifests/${tag}`, { method: 'HEAD' })
  return headers.get('docker-content-digest') ?? ''
}
