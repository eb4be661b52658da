/** Scenario: several images of two registries are promoted in one step, all or nothing, whichever write fails. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { failingWrites, startFaultProxy } from '../../testing/fault-proxy.ts'
import { image } from '../../testing/images.ts'
import { type Place, pull, push } from '../../testing/push.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'

const [one, two] = await Promise.all([startDistribution(), startDistribution()])
afterAll(() => Promise.all([one.close(), two.close()]))

const last = image({ seed: 'the last release' })
const names = ['api', 'web', 'worker'] as const
const next = names.map(name => image({ seed: name }))

// Of each image one tag is new and one moves; the worker is in the other registry.
const WRITES = 6
const tags = ['1.4.0', 'latest'] as const

/** Where the images of a run are, behind the backs of the proxies. */
function placesOf(prefix: string): Place[] {
  return names.map(name => ({ base: (name === 'worker' ? two : one).base, repository: `${prefix}/${name}` }))
}

async function prepare(prefix: string): Promise<Place[]> {
  const places = placesOf(prefix)
  for (const [index, place] of places.entries()) {
    await push(place, last, ['latest'])
    await push(place, next[index] ?? last, ['sha-1'])
  }
  return places
}

/** Asks what the tags of all images hold, by `REPOSITORY:TAG`. */
async function heldBy(places: readonly Place[]): Promise<Record<string, string | undefined>> {
  const held = places.flatMap(place =>
    tags.map(async tag => [`${place.repository}:${tag}`, (await pull(place, tag))?.digest] as const)
  )
  return Object.fromEntries(await Promise.all(held))
}

/** What a report says that the tags hold. */
function toldBy({ report }: ActionRun): Record<string, string | undefined> {
  const targets = report?.targets ?? []
  return Object.fromEntries(
    targets.map(({ reference, digest }) => [reference.slice(reference.indexOf('/') + 1), digest])
  )
}

const linesOf = (prefix: string, [first = '', second = '']: readonly string[]): string =>
  names
    .map(name => `${name === 'worker' ? second : first}/${prefix}/${name}:sha-1 -> ${tags.join(' ')}`)
    .join('\n')

const before = (prefix: string): Record<string, string | undefined> =>
  Object.fromEntries(
    names.flatMap(name => [
      [`${prefix}/${name}:1.4.0`, undefined],
      [`${prefix}/${name}:latest`, last.digest]
    ])
  )
const wanted = (prefix: string): Record<string, string | undefined> =>
  Object.fromEntries(
    names.flatMap((name, index) => tags.map(tag => [`${prefix}/${name}:${tag}`, next[index]?.digest]))
  )

test('promotes three images of two registries in one step', async () => {
  const places = await prepare('set')
  const run = await runAction({ promotions: linesOf('set', [one.host, two.host]) })

  expect(run.exitCode).toBe(0)
  expect(await heldBy(places)).toStrictEqual(wanted('set'))
  expect(toldBy(run)).toStrictEqual(wanted('set'))
  expect(JSON.parse(run.outputs.images ?? '')).toStrictEqual(
    places.map(({ base, repository }, index) => {
      const name = `${new URL(base).host}/${repository}`
      return {
        source: `${name}:sha-1`,
        image: name,
        digest: next[index]?.digest,
        platforms: {},
        tags: tags.map(tag => `${name}:${tag}`)
      }
    })
  )
  expect(run.outputs).toMatchObject({ found: 'true', missing: '[]', changed: 'true' })
})

test('does the same for several repositories, with {name} in another registry', async () => {
  const places = await prepare('several')
  const run = await runAction({
    registry: one.host,
    repository: 'several/api\nseveral/web',
    source: 'sha-1',
    target: `1.4.0\n${two.host}/hub/{name}:1.4.0`
  })

  expect(run.exitCode).toBe(0)
  for (const [index, name] of ['api', 'web'].entries()) {
    const digest = next[index]?.digest
    expect((await pull(places[index] ?? { base: '', repository: '' }, '1.4.0'))?.digest).toBe(digest)
    expect((await pull({ base: two.base, repository: `hub/${name}` }, '1.4.0'))?.digest).toBe(digest)
  }
})

describe('one image that does not exist', () => {
  test('is skipped by if-missing: skip; the others are promoted', async () => {
    await prepare('missing')
    const absent = `${two.host}/missing/other:sha-1`
    const run = await runAction({
      promotions: `${linesOf('missing', [one.host, two.host])}\n${absent} -> 1.4.0`,
      'if-missing': 'skip'
    })

    expect(run.exitCode).toBe(0)
    expect(await heldBy(placesOf('missing'))).toStrictEqual(wanted('missing'))
    expect(run.outputs).toMatchObject({ found: 'false', missing: JSON.stringify([absent]), changed: 'true' })
    expect(run.report?.targets.at(-1)).toMatchObject({ outcome: 'skipped' })
  })

  test('leaves everything as it is by default, and all that are missing are named', async () => {
    await prepare('nothing')
    const absent = ['a', 'b'].map(name => `${two.host}/nothing/${name}:sha-1`)
    const run = await runAction({
      promotions: [linesOf('nothing', [one.host, two.host]), ...absent.map(name => `${name} -> 1`)].join('\n')
    })

    expect(run.exitCode).toBe(1)
    expect(await heldBy(placesOf('nothing'))).toStrictEqual(before('nothing'))
    expect(new Set(run.report?.targets.map(({ outcome }) => outcome))).toStrictEqual(
      new Set(['not-attempted'])
    )
    for (const name of absent) expect(run.log).toContain(name)
  })
})

test('one refused tag leaves everything as it is, in both registries', async () => {
  await prepare('refused')
  const run = await runAction({
    promotions: linesOf('refused', [one.host, two.host]),
    'if-exists': 'latest=fail'
  })

  expect(run.exitCode).toBe(1)
  expect(await heldBy(placesOf('refused'))).toStrictEqual(before('refused'))
  const writes = [...(await one.requestsBy('retag')), ...(await two.requestsBy('retag'))]
  expect(writes.filter(line => line.startsWith('PUT') && line.includes('/refused/'))).toStrictEqual([])
})

describe.each(['restore', 'leave'] as const)('with on-failure: %s', onFailure => {
  const numbers = [...Array(WRITES).keys()]

  test.each(numbers)('write %d fails: the report says what each tag holds', async number => {
    const prefix = `${onFailure}-${number.toString()}`
    const places = await prepare(prefix)
    // The writes of both registries are counted together.
    const choose = failingWrites(write => (write === number ? '403' : undefined))
    const proxies = await Promise.all(
      [one, two].map(({ host }) => startFaultProxy({ registry: host }, choose))
    )
    const promotions = linesOf(
      prefix,
      proxies.map(({ host }) => host)
    )
    const run = await runAction({ promotions, 'on-failure': onFailure })
    const held = await heldBy(places)
    await Promise.all(proxies.map(proxy => proxy.close()))

    expect(run.exitCode).toBe(1)
    expect(toldBy(run)).toStrictEqual(held)
    const outcomes = run.report?.targets.map(({ outcome }) => outcome) ?? []
    expect(outcomes.filter(outcome => outcome === 'failed')).toHaveLength(1)
    for (const name of names) {
      const latest = held[`${prefix}/${name}:latest`]
      if (onFailure === 'restore' || number < WRITES / 2) expect(latest).toBe(last.digest)
    }

    const again = await runAction({ promotions: linesOf(prefix, [one.host, two.host]) })
    expect(again.exitCode).toBe(0)
    expect(await heldBy(places)).toStrictEqual(wanted(prefix))
  })
})
