/** Tests of writes of which it is not known whether they were done, and of the order within a chain of writes. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Plan, Step } from '../../src/promotion/plan.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { apply } from '../../src/promote/tag.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

const [today, yesterday] = [manifestOf(image({ seed: 'today' })), manifestOf(image({ seed: 'yesterday' }))]
const named = (tag: string): string => formatReference(targetOf(tag))
const content = { [named('nightly')]: yesterday, [named('latest')]: yesterday }
const moving = (tag: string, before: readonly Step[] = []): Step => ({
  target: targetOf(tag),
  digest: today.digest,
  verdict: { kind: 'move', previous: yesterday.digest },
  before
})
const kept: Step = {
  target: targetOf('nightly-1'),
  digest: yesterday.digest,
  verdict: { kind: 'create' },
  keeps: targetOf('nightly'),
  before: []
}
const planOf = (...steps: Step[]): Plan => ({
  source: today,
  copies: [],
  steps,
  manifests: new Map([today, yesterday].map(manifest => [manifest.digest, manifest]))
})

/** Makes a registry that loses its answer to one write, after it was done. */
function losing(tag: string, error: PromotionError): MemoryRegistry {
  const registry = memoryRegistry(content)
  return {
    ...registry,
    putManifest: async (target, manifest) => {
      await registry.putManifest(target, manifest)
      if (target.tag === tag) throw error
    }
  }
}
const outcomesOf = async (plan: Plan, registry: MemoryRegistry): Promise<string[]> =>
  (await apply(plan, registry, { onFailure: 'leave', signal: new AbortController().signal })).map(
    ({ outcome }) => outcome
  )

describe('apply, when an answer is lost,', () => {
  test('looks the tag up, and goes on when it was written', async () => {
    const registry = losing('nightly', new PromotionError('TIMED_OUT', 'slow'))
    expect(await outcomesOf(planOf(moving('nightly'), moving('latest')), registry)).toStrictEqual([
      'moved',
      'moved'
    ])
  })

  test('does not believe a registry that has said that it keeps something else', async () => {
    const registry = losing('nightly', new PromotionError('DIGEST_MISMATCH', 'other'))
    const [report] = await apply(planOf(moving('nightly')), registry, {
      onFailure: 'leave',
      signal: new AbortController().signal
    })
    expect(report).toMatchObject({ outcome: 'failed', digest: today.digest })
  })

  test('begins nothing else before it knows', async () => {
    let release = (): void => undefined
    const answered = new Promise<void>(resolve => {
      release = resolve
    })
    const registry = losing('t0', new PromotionError('TIMED_OUT', 'slow'))
    const doubtful: MemoryRegistry = {
      ...registry,
      headManifest: reference => answered.then(() => registry.headManifest(reference))
    }
    const steps = [...Array(40).keys()].map(index => moving(`t${index.toString()}`))
    const done = apply(planOf(...steps), doubtful, {
      onFailure: 'leave',
      signal: new AbortController().signal
    })
    await new Promise(resolve => setImmediate(resolve))
    const begun = registry.calls.filter(call => call.startsWith('put') && !call.endsWith('done'))
    expect(begun).toHaveLength(16)
    release()
    expect((await done).every(({ outcome }) => outcome === 'moved')).toBe(true)
  })
})

describe('apply, of a tag that leaves an earlier image behind,', () => {
  test('writes the earlier image first', async () => {
    const registry = memoryRegistry(content)
    expect(await outcomesOf(planOf(moving('nightly', [kept])), registry)).toStrictEqual(['moved', 'created'])
    const puts = registry.calls.filter(call => call.startsWith('put'))
    expect(puts).toStrictEqual([
      `put ${named('nightly-1')}`,
      `put ${named('nightly-1')} done`,
      `put ${named('nightly')}`,
      `put ${named('nightly')} done`
    ])
    expect(registry.manifests.get(named('nightly-1'))).toBe(yesterday)
  })

  test('does not move the tag when the earlier image could not be kept', async () => {
    const error = new PromotionError('DENIED', 'no')
    const registry = memoryRegistry(content, call =>
      call === `put ${named('nightly-1')}` ? Promise.reject(error) : Promise.resolve()
    )
    expect(await outcomesOf(planOf(moving('nightly', [kept])), registry)).toStrictEqual([
      'not-attempted',
      'failed'
    ])
    expect(registry.manifests.get(named('nightly'))).toBe(yesterday)
  })

  test('has every manifest that it writes, or something is wrong with the plan', async () => {
    const plan = { ...planOf(moving('nightly')), manifests: new Map() }
    await expect(
      apply(plan, memoryRegistry(content), { onFailure: 'leave', signal: new AbortController().signal })
    ).rejects.toThrow('a plan holds every manifest')
  })
})
