/** Tests of writing tags: what is written, in which order, and what is reported of a write that failed. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import type { Outcome, Report } from '../../src/promotion/report.ts'
import type { Request } from '../../src/promotion/request.ts'
import { image } from '../../testing/images.ts'
import { requestOf, setOf } from '../../testing/requests.ts'
import { manifestOf } from '../../testing/samples.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run } from './run.ts'

const [today, yesterday] = [manifestOf(image({ seed: 'today' })), manifestOf(image({ seed: 'yesterday' }))]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const main = { [named('main')]: today }
const error = new PromotionError('DENIED', 'no push right', { advice: 'ask' })

/** What a tag holds before the run, by what becomes of it. */
type Intent = 'create' | 'move' | 'unchanged'
const before: Readonly<Record<Intent, Manifest | undefined>> = {
  create: undefined,
  move: yesterday,
  unchanged: today
}
const tag = (index: number): string => named(`t${index.toString()}`)
const requestFor = (intents: readonly Intent[]): Request =>
  requestOf(
    named('main'),
    intents.map((_, index) => tag(index))
  )
const contentFor = (intents: readonly Intent[]): Record<string, Manifest> => ({
  ...main,
  ...Object.fromEntries(
    intents.flatMap((intent, index) => {
      const held = before[intent]
      return held === undefined ? [] : [[tag(index), held]]
    })
  )
})
const failingAt = (index: number, thrown: Error) => (call: string) =>
  call === `put ${tag(index)}` ? Promise.reject(thrown) : Promise.resolve()
const outcomesOf = ({ targets }: Report): Outcome[] => targets.map(({ outcome }) => outcome)
const puts = ({ calls }: MemoryRegistry): string[] =>
  calls.filter(call => call.startsWith('put') && !call.endsWith('done'))

describe('writing tags', () => {
  test('gives a tag that is up to date no request but the look', async () => {
    const intents = ['move', 'unchanged', 'create', 'move'] as const
    const registry = memoryRegistry(contentFor(intents))
    expect(outcomesOf(await run(requestFor(intents), registry))).toStrictEqual([
      'moved',
      'unchanged',
      'created',
      'moved'
    ])
    expect(puts(registry).sort()).toStrictEqual([0, 2, 3].map(index => `put ${tag(index)}`))
  })

  test('moves no tag of any image before all new tags of all images are there', async () => {
    const intents = fc.array(fc.constantFrom<Intent>('create', 'move', 'unchanged'), { maxLength: 24 })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), intents, fc.nat({ max: 24 }), async (scheduler, drawn, cut) => {
        const other = { [named('other')]: today }
        const registry = memoryRegistry({ ...contentFor(drawn), ...other }, call =>
          scheduler.schedule(Promise.resolve(), call)
        )
        const tags = drawn.map((_, index) => tag(index))
        const set = setOf([
          [named('main'), tags.slice(0, cut)],
          [named('other'), tags.slice(cut)]
        ])
        const report = run(set, registry)
        await scheduler.waitIdle()
        const expected = { create: 'created', move: 'moved', unchanged: 'unchanged' } as const
        expect(outcomesOf(await report)).toStrictEqual(drawn.map(intent => expected[intent]))
        const due = (wanted: Intent): string[] =>
          drawn.flatMap((intent, index) => (intent === wanted ? [`put ${tag(index)}`] : []))
        const positions = (calls: string[]): number[] => calls.map(call => registry.calls.indexOf(call))
        const created = positions(due('create').map(call => `${call} done`))
        const moved = positions(due('move'))
        expect([...created, ...moved]).not.toContain(-1)
        expect(Math.max(-1, ...created)).toBeLessThan(Math.min(Infinity, ...moved))
      })
    )
  })
})

describe('writing tags, when a write fails,', () => {
  const fail = (
    intents: readonly Intent[],
    index: number
  ): { registry: MemoryRegistry; report: Promise<Report> } => {
    const registry = memoryRegistry(contentFor(intents), failingAt(index, error))
    return { registry, report: run(requestFor(intents), registry) }
  }

  test('reports its code, its advice and the name of the tag', async () => {
    const [target] = (await fail(['move'], 0).report).targets
    expect(target).toMatchObject({
      outcome: 'failed',
      digest: yesterday.digest,
      previousDigest: yesterday.digest,
      error: { code: 'DENIED', advice: 'ask', cause: error }
    })
    expect(target?.reason).toContain(tag(0))
    expect(target?.reason).toContain('no push right')
  })

  test('moves nothing after a tag could not be created', async () => {
    const { registry, report } = fail(['move', 'create', 'unchanged'], 1)
    const { targets } = await report
    expect(targets.map(({ outcome }) => outcome)).toStrictEqual(['not-attempted', 'failed', 'unchanged'])
    expect(targets[0]).toMatchObject({ digest: yesterday.digest, reason: expect.any(String) })
    expect(puts(registry)).toStrictEqual([`put ${tag(1)}`])
  })

  test('keeps what was created before a tag could not be moved', async () => {
    expect(outcomesOf(await fail(['move', 'create'], 0).report)).toStrictEqual(['failed', 'created'])
  })

  test.each<[Intent, Outcome]>([
    ['create', 'created'],
    ['move', 'moved']
  ])('finishes those under way and begins no other: %s', async (intent, done) => {
    const intents = Array<Intent>(100).fill(intent)
    const { registry, release } = heldUp(intents, 3, error)
    const report = run(requestFor(intents), registry)
    await settled()
    const begun = puts(registry).length
    release()
    const outcomes = outcomesOf(await report)
    expect(begun).toBeLessThan(100)
    expect(outcomes.slice(0, begun)).toStrictEqual(
      Array.from({ length: begun }, (_, index) => (index === 3 ? 'failed' : done))
    )
    expect(outcomes.slice(begun)).toStrictEqual(Array(100 - begun).fill('not-attempted'))
  })

  test('throws what nobody expected, and begins no other write', async () => {
    const bug = new TypeError('bug')
    const intents = Array<Intent>(100).fill('create')
    const { registry, release } = heldUp(intents, 0, bug)
    const failure = expect(run(requestFor(intents), registry)).rejects.toBe(bug)
    await settled()
    const begun = puts(registry).length
    release()
    await failure
    await settled()
    expect(puts(registry)).toHaveLength(begun)
  })
})

describe('writing tags, when an answer is lost,', () => {
  const request = requestOf(named('main'), [named('nightly'), named('latest')])
  const content = { ...main, [named('nightly')]: yesterday, [named('latest')]: yesterday }

  /** Makes a registry that loses its answer to one write, after it was done. */
  function losing(
    name: string,
    lost: PromotionError,
    held: Record<string, Manifest> = content
  ): MemoryRegistry {
    const registry = memoryRegistry(held)
    return {
      ...registry,
      putManifest: async (reference, manifest) => {
        await registry.putManifest(reference, manifest)
        if (reference.tag === name) throw lost
      }
    }
  }

  test('reads the tag, and continues if it was written', async () => {
    const registry = losing('nightly', new PromotionError('TIMED_OUT', 'slow'))
    expect(outcomesOf(await run(request, registry))).toStrictEqual(['moved', 'moved'])
  })

  test('does not trust a registry that has said that it keeps something else', async () => {
    const registry = losing('nightly', new PromotionError('DIGEST_MISMATCH', 'other'))
    expect((await run(request, registry)).targets[0]).toMatchObject({
      outcome: 'failed',
      digest: today.digest
    })
  })

  test('begins nothing else before it knows', async () => {
    let release = (): void => undefined
    const answered = new Promise<void>(resolve => {
      release = resolve
    })
    const intents = Array<Intent>(100).fill('move')
    const registry = losing('t0', new PromotionError('TIMED_OUT', 'slow'), contentFor(intents))
    let isWriting = false
    const unsure: MemoryRegistry = {
      ...registry,
      headManifest: reference =>
        isWriting ? answered.then(() => registry.headManifest(reference)) : registry.headManifest(reference),
      putManifest: (reference, manifest) => {
        isWriting = true
        return registry.putManifest(reference, manifest)
      }
    }
    const done = run(requestFor(intents), unsure)
    await settled()
    await settled()
    expect(puts(registry).length).toBeLessThan(100)
    const begun = puts(registry).length
    await settled()
    expect(puts(registry)).toHaveLength(begun)
    release()
    expect(outcomesOf(await done).every(outcome => outcome === 'moved')).toBe(true)
  })
})

describe('writing a tag that leaves an earlier image behind', () => {
  const request = requestOf(named('main'), [named('nightly')], { keepPrevious: [{ pattern: '*', value: 1 }] })
  const content = { ...main, [named('nightly')]: yesterday }

  test('writes the earlier image first', async () => {
    const registry = memoryRegistry(content)
    expect(outcomesOf(await run(request, registry))).toStrictEqual(['moved', 'created'])
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([
      `put ${named('nightly-1')}`,
      `put ${named('nightly-1')} done`,
      `put ${named('nightly')}`,
      `put ${named('nightly')} done`
    ])
    expect(registry.manifests.get(named('nightly-1'))).toBe(yesterday)
  })

  test('does not move the tag when the earlier image could not be kept', async () => {
    const registry = memoryRegistry(content, call =>
      call === `put ${named('nightly-1')}` ? Promise.reject(error) : Promise.resolve()
    )
    expect(outcomesOf(await run(request, registry))).toStrictEqual(['not-attempted', 'failed'])
    expect(registry.manifests.get(named('nightly'))).toBe(yesterday)
  })
})

/** Makes a registry that fails at once at the write of one target, and holds all other writes up until it is told to go on. */
function heldUp(
  intents: readonly Intent[],
  index: number,
  thrown: Error
): { registry: MemoryRegistry; release: () => void } {
  let release = (): void => undefined
  const gate = new Promise<void>(resolve => {
    release = resolve
  })
  const fail = failingAt(index, thrown)
  const registry = memoryRegistry(contentFor(intents), async call => {
    await fail(call)
    if (call.startsWith('put')) await gate
  })
  return { registry, release }
}

/** Waits until everything that can go on without the test has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
