/** Scenario: `nightly` moves every night, and leaves the images of the last nights behind as `nightly-1`, `nightly-2` … */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { failingWrites, startFaultProxy } from '../../testing/fault-proxy.ts'
import { dockerImage, image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const here = { base: registry.base, repository: 'acme/app' }
// Images of either kind: each keeps its own media type.
const nights = [0, 1, 2, 3, 4].map(night =>
  (night % 2 === 0 ? image : dockerImage)({ seed: `night ${night.toString()}` })
)
const digests = nights.map(({ digest }) => digest)

const promote = (source: string): Promise<ActionRun> =>
  runAction({
    registry: registry.host,
    repository: 'acme/app',
    source,
    target: 'nightly',
    'keep-previous': 'nightly=2'
  })
const tags = async (): Promise<(string | undefined)[]> =>
  Promise.all(
    ['nightly', 'nightly-1', 'nightly-2', 'nightly-3'].map(async tag => (await pull(here, tag))?.digest)
  )

test('keeps the last nights', async () => {
  for (const [night, built] of nights.entries()) {
    await push(here, built, ['main'])
    expect((await promote('main')).exitCode).toBe(0)
    const [now, last, before] = [digests[night], digests[night - 1], digests[night - 2]]
    expect(await tags()).toStrictEqual([now, last, before, undefined])
  }
  expect(await pull(here, 'nightly-1')).toMatchObject({
    mediaType: nights[3]?.mediaType,
    bytes: nights[3]?.bytes
  })
})

test('changes nothing when the night brought nothing new', async () => {
  const run = await promote('main')

  expect(run.outputs.changed).toBe('false')
  expect(run.report?.targets.map(({ outcome }) => outcome)).toStrictEqual(['unchanged'])
})

test('brings an earlier night back, and keeps each image once', async () => {
  const run = await promote(digests[3] ?? '')

  expect(await tags()).toStrictEqual([digests[3], digests[4], digests[2], undefined])
  expect(run.report?.targets).toMatchObject([
    { outcome: 'moved', previousDigest: digests[4] },
    {
      outcome: 'moved',
      digest: digests[4],
      previousDigest: digests[3],
      keeps: `${registry.host}/acme/app:nightly`
    }
  ])
  expect(run.outputs.tags).toBe(`${registry.host}/acme/app:nightly`)
  expect(run.summary).toContain('```mermaid')
})

test('does not take a night for the source by a tag that it moves itself', async () => {
  const run = await promote('nightly-2')

  expect(run.exitCode).toBe(1)
  expect(run.annotations).toMatchObject([{ title: 'Retag: INPUT_INVALID' }])
})

const [today, ...earlier] = ['today', 'first', 'second', 'third'].map(seed => image({ seed }))
const names = ['nightly', 'nightly-1', 'nightly-2', 'nightly-3']

// No image is lost, and the next run completes the rotation.
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
