/** Tests of writing: what is written, in which order, and what is told of a write that failed. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Plan } from '../../src/promotion/plan.ts'
import type { Verdict } from '../../src/promotion/policy.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { preview } from '../../src/promotion/report.ts'
import type { TargetReport } from '../../src/promotion/report.ts'
import { apply as applyThen } from '../../src/promote/tag.ts'
import { manifestOf, otherDigest, targetOf } from '../../testing/samples.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

const manifest = manifestOf()
const error = new PromotionError('DENIED', 'no push right', { advice: 'ask' })
const create: Verdict = { kind: 'create' }
const move: Verdict = { kind: 'move', previous: otherDigest }
const unchanged: Verdict = { kind: 'unchanged' }
const refuse: Verdict = { kind: 'refuse', error }

const planOf = (verdicts: readonly Verdict[]): Plan => ({
  source: manifest,
  manifests: new Map([[manifest.digest, manifest]]),
  copies: [],
  steps: verdicts.map((verdict, index) => ({
    target: targetOf(`t${index.toString()}`),
    digest: manifest.digest,
    verdict,
    before: []
  }))
})
const apply = (plan: Plan, registry: MemoryRegistry): Promise<TargetReport[]> =>
  applyThen(plan, registry, { onFailure: 'leave', signal: new AbortController().signal })
const named = (index: number): string => formatReference(targetOf(`t${index.toString()}`))
const failingAt = (index: number, thrown: Error) => (call: string) =>
  call === `put ${named(index)}` ? Promise.reject(thrown) : Promise.resolve()

describe('apply', () => {
  test('points the tags that are created and moved at the manifest, and asks nothing else', async () => {
    const registry = memoryRegistry()
    const plan = planOf([move, unchanged, create, move])
    expect(await apply(plan, registry)).toStrictEqual(preview(plan))
    expect([...registry.manifests].sort()).toStrictEqual([0, 2, 3].map(index => [named(index), manifest]))
    expect(registry.calls.filter(call => !call.startsWith('put'))).toStrictEqual([])
  })

  test('gives a tag that is right no request', async () => {
    const registry = memoryRegistry()
    await apply(planOf([unchanged, unchanged]), registry)
    expect(registry.calls).toStrictEqual([])
  })

  test('writes nothing when a target is refused', async () => {
    const registry = memoryRegistry()
    const plan = planOf([create, refuse, move])
    expect(await apply(plan, registry)).toStrictEqual(preview(plan))
    expect(registry.calls).toStrictEqual([])
  })

  test('moves no tag before all new ones are there, whichever is done first', async () => {
    const verdicts = fc.array(fc.constantFrom(create, move, unchanged), { maxLength: 24 })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), verdicts, async (scheduler, drawn) => {
        const registry = memoryRegistry({}, call => scheduler.schedule(Promise.resolve(), call))
        const plan = planOf(drawn)
        const reports = apply(plan, registry)
        await scheduler.waitIdle()
        expect(await reports).toStrictEqual(preview(plan))
        const due = (wanted: Verdict): string[] =>
          drawn.flatMap((verdict, index) => (verdict === wanted ? [`put ${named(index)}`] : []))
        const positions = (calls: string[]): number[] => calls.map(call => registry.calls.indexOf(call))
        const created = positions(due(create).map(call => `${call} done`))
        const moved = positions(due(move))
        expect([...created, ...moved]).not.toContain(-1)
        expect(Math.max(-1, ...created)).toBeLessThan(Math.min(Infinity, ...moved))
      })
    )
  })
})

describe('apply, when a write fails,', () => {
  test('tells of it with its code, its advice and the name of the tag', async () => {
    const [report] = await apply(planOf([move]), memoryRegistry({}, failingAt(0, error)))
    expect(report).toMatchObject({
      target: targetOf('t0'),
      outcome: 'failed',
      previousDigest: otherDigest,
      error: { code: 'DENIED', advice: 'ask', cause: error }
    })
    expect(report?.digest).toBeUndefined()
    expect(report?.reason).toContain(named(0))
    expect(report?.reason).toContain('no push right')
  })

  test('moves nothing after a tag could not be created', async () => {
    const registry = memoryRegistry({}, failingAt(1, error))
    const reports = await apply(planOf([move, create, unchanged]), registry)
    expect(reports.map(({ outcome }) => outcome)).toStrictEqual(['not-attempted', 'failed', 'unchanged'])
    expect(reports[0]).toMatchObject({ digest: otherDigest, reason: expect.any(String) })
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([`put ${named(1)}`])
  })

  test('keeps what was created before a tag could not be moved', async () => {
    const reports = await apply(planOf([move, create]), memoryRegistry({}, failingAt(0, error)))
    expect(reports.map(({ outcome }) => outcome)).toStrictEqual(['failed', 'created'])
  })

  test.each([[create], [move]])(
    'lets those under way come to their end and begins no other: %j',
    async verdict => {
      const { registry, release } = heldUp(3, error)
      const reports = apply(planOf(Array<Verdict>(20).fill(verdict)), registry)
      await settled()
      release()
      const outcomes = (await reports).map(({ outcome }) => outcome)
      const done = verdict === create ? 'created' : 'moved'
      expect(outcomes.slice(0, 16)).toStrictEqual(
        [...Array(16).keys()].map(index => (index === 3 ? 'failed' : done))
      )
      expect(outcomes.slice(16)).toStrictEqual(Array(4).fill('not-attempted'))
      expect(registry.manifests.size).toBe(15)
    }
  )
})

describe('apply, when something fails that nobody expected,', () => {
  const bug = new TypeError('bug')

  test('hands the error on', async () => {
    await expect(apply(planOf([create]), memoryRegistry({}, failingAt(0, bug)))).rejects.toBe(bug)
  })

  test('begins no other write', async () => {
    const { registry, release } = heldUp(0, bug)
    const failure = expect(apply(planOf(Array<Verdict>(20).fill(create)), registry)).rejects.toBe(bug)
    await settled()
    release()
    await failure
    await settled()
    expect(registry.calls.filter(call => !call.endsWith('done'))).toHaveLength(16)
  })
})

/** Makes a registry that fails at once at one target, and holds all others up until it is told to go on. */
function heldUp(index: number, thrown: Error): { registry: MemoryRegistry; release: () => void } {
  let release = (): void => undefined
  const gate = new Promise<void>(resolve => {
    release = resolve
  })
  const fail = failingAt(index, thrown)
  const registry = memoryRegistry({}, async call => {
    await fail(call)
    await gate
  })
  return { registry, release }
}

/** Waits until everything that can go on without the test has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
