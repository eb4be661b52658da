/** Scenario: an older line of releases gets a fix, and `latest` stays with the newer line. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { dockerImage, image, indexOf } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const labelled = (version: string): { seed: string; labels: Record<string, string> } => ({
  seed: version,
  labels: { 'org.opencontainers.image.version': version }
})
const newer = indexOf([image(labelled('v2.0.0')), image({ ...labelled('v2.0.0'), platform: 'linux/arm64' })])
const backport = dockerImage(labelled('1.10.1'))
const candidate = image({ annotations: labelled('3.0.0-rc.1').labels })
const next = image(labelled('2.0.1'))
const unlabelled = image({ seed: 'unlabelled', created: '' })

const here = { base: registry.base, repository: 'acme/app' }
const promote = (source: string): ReturnType<typeof runAction> =>
  runAction({
    registry: registry.host,
    repository: 'acme/app',
    source,
    target: `latest, ${source}-release`,
    'if-exists': 'latest=forward'
  })
const latest = async (): Promise<string | undefined> => (await pull(here, 'latest'))?.digest

beforeAll(async () => {
  await push(here, newer, ['latest'])
  for (const [tag, pushed] of Object.entries({ backport, candidate, next, unlabelled }))
    await push(here, pushed, [tag])
})

test('keeps latest from an older version, and warns', async () => {
  const run = await promote('backport')

  expect(run).toMatchObject({ exitCode: 0, annotations: [{ level: 'warning', title: 'Retag: kept' }] })
  expect(run.annotations[0]?.message).toContain('1.10.1 is lower than 2.0.0')
  expect(run.report?.targets).toMatchObject([
    { outcome: 'kept', digest: newer.digest },
    { outcome: 'created' }
  ])
  expect(await latest()).toBe(newer.digest)
})

test('keeps latest from a pre-release', async () => {
  expect((await promote('candidate')).report?.targets[0]).toMatchObject({
    outcome: 'kept',
    reason: expect.stringContaining('pre-release')
  })
  expect(await latest()).toBe(newer.digest)
})

test('refuses what cannot be compared, and writes nothing', async () => {
  const run = await promote('unlabelled')

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: TARGET_PROTECTED' }] })
  expect(run.report?.targets.map(({ outcome }) => outcome)).toStrictEqual(['refused', 'not-attempted'])
  expect(await pull(here, 'unlabelled-release')).toBeUndefined()
})

test('moves latest to a newer version, reading each image once', async () => {
  const before = await registry.requestsBy('retag')
  const run = await promote('next')

  expect(run).toMatchObject({ exitCode: 0, annotations: [] })
  expect(run.report?.targets[0]).toMatchObject({ outcome: 'moved', previousDigest: newer.digest })
  expect(await latest()).toBe(next.digest)
  const asked = (await registry.requestsBy('retag')).slice(before.length)
  const [child] = newer.children
  expect(asked.filter(line => line.startsWith('GET')).sort()).toStrictEqual(
    [
      'GET /v2/acme/app/manifests/next → 200',
      `GET /v2/acme/app/manifests/${newer.digest} → 200`,
      `GET /v2/acme/app/manifests/${child?.digest ?? ''} → 200`,
      `GET /v2/acme/app/blobs/${child?.blobs[0]?.digest ?? ''} → 200`,
      `GET /v2/acme/app/blobs/${next.blobs[0]?.digest ?? ''} → 200`
    ].sort()
  )
})
