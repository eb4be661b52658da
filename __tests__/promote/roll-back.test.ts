/** Tests of rolling back: what is put back, in which order, what is left to other jobs, and what is reported. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { TagChangedError } from '../../src/oci/tag-changed.ts'
import type { Report, TargetReport } from '../../src/promotion/report.ts'
import { image } from '../../testing/images.ts'
import { requestOf } from '../../testing/requests.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run } from './run.ts'

const [today, yesterday, before, others] = ['today', 'yesterday', 'before', 'others'].map(seed =>
  manifestOf(image({ seed }))
) as [Manifest, Manifest, Manifest, Manifest]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const held = {
  [named('main')]: today,
  [named('nightly')]: yesterday,
  [named('nightly-1')]: before,
  [named('z')]: yesterday
}
const denied = new PromotionError('DENIED', 'no push right')
const rotating = requestOf(named('main'), ['nightly', 'z'].map(named), {
  keepPrevious: [{ pattern: 'nightly', value: 1 }]
})
const plain = requestOf(named('main'), ['nightly', 'z'].map(named))

interface Failure {
  /** What to do when a call begins: it may throw, or change the registry as another job would. */
  readonly on?: (call: string, registry: MemoryRegistry) => unknown
}

/** Runs a request of which the write of `z` fails at last, when all other writes are done. */
async function rollBack(request = rotating, { on }: Failure = {}): Promise<[Report, MemoryRegistry]> {
  const registry: MemoryRegistry = memoryRegistry(held, async call => {
    await on?.(call, registry)
    if (call !== `put ${named('z')}`) return
    // The last write: all others are done by then.
    while (!registry.calls.includes(`put ${named('nightly')} done`))
      await new Promise(resolve => setImmediate(resolve))
    throw denied
  })
  return [await run(request, registry, { onFailure: 'restore' }), registry]
}
const outcomesOf = ({ targets }: Report): Record<string, string> =>
  Object.fromEntries(targets.map(({ target, outcome }) => [target.tag, outcome]))
const of = ({ targets }: Report, tag: string): TargetReport | undefined =>
  targets.find(({ target }) => target.tag === tag)
const isBack = (call: string, registry: MemoryRegistry): boolean =>
  call.startsWith('put') && registry.calls.includes(`put ${named('nightly')} done`)
const donePuts = ({ calls }: MemoryRegistry): string[] =>
  calls.filter(call => call.startsWith('put') && call.endsWith('done')).map(call => call.slice(4, -5))

describe('after a failed write', () => {
  test('every tag that was moved points to what it held before, the last write first', async () => {
    const [report, registry] = await rollBack()
    expect(outcomesOf(report)).toStrictEqual({ nightly: 'restored', 'nightly-1': 'restored', z: 'failed' })
    expect(registry.manifests.get(named('nightly'))).toBe(yesterday)
    expect(registry.manifests.get(named('nightly-1'))).toBe(before)
    expect(donePuts(registry)).toStrictEqual(['nightly-1', 'nightly', 'nightly', 'nightly-1'].map(named))
  })

  test('what is new stays', async () => {
    const request = requestOf(named('main'), ['new', 'nightly', 'z'].map(named))
    const [report, registry] = await rollBack(request)
    expect(outcomesOf(report)).toStrictEqual({ new: 'created', nightly: 'restored', z: 'failed' })
    expect(registry.manifests.get(named('new'))).toBe(today)
  })

  test('an image that the run has read is not fetched again, and need not be there any more', async () => {
    const [report, registry] = await rollBack()
    const fetched = registry.calls.filter(call => call === `get ghcr.io/acme/app@${yesterday.digest}`)
    expect(fetched).toHaveLength(1)
    expect(of(report, 'nightly')?.outcome).toBe('restored')
  })

  test('a write with an unknown result is checked, and undone if it was done', async () => {
    let isKnown = false
    const registry: MemoryRegistry = memoryRegistry({ ...held }, call => {
      const isFirst = !registry.calls.includes(`put ${named('nightly')} done`)
      if (call === `head ${named('nightly')}` && !isFirst && !isKnown) {
        isKnown = true
        return Promise.reject(new PromotionError('TIMED_OUT', 'slow'))
      }
      return Promise.resolve()
    })
    const put = registry.putManifest.bind(registry)
    const losing: MemoryRegistry = {
      ...registry,
      putManifest: async (reference, manifest) => {
        await put(reference, manifest)
        if (manifest === today) throw new PromotionError('TIMED_OUT', 'no answer')
      }
    }
    const report = await run(requestOf(named('main'), [named('nightly')]), losing, { onFailure: 'restore' })
    expect(of(report, 'nightly')).toMatchObject({ outcome: 'failed', digest: yesterday.digest })
    expect(of(report, 'nightly')?.reason).toMatch(/no answer.*put back/)
    expect(registry.manifests.get(named('nightly'))).toBe(yesterday)
  })
})

describe('rolling back, when it fails,', () => {
  const refuse = (call: string, registry: MemoryRegistry): void => {
    if (isBack(call, registry) && call === `put ${named('nightly')}`) throw denied
  }

  test('reports what could not be put back, why, and what the tag holds', async () => {
    const [report] = await rollBack(plain, { on: refuse })
    expect(of(report, 'nightly')).toMatchObject({
      outcome: 'failed',
      digest: today.digest,
      rollbackError: { code: 'DENIED', message: expect.stringContaining(named('nightly')), cause: denied }
    })
  })

  test('leaves the tags that keep what another tag held', async () => {
    const [report, registry] = await rollBack(rotating, { on: refuse })
    expect(outcomesOf(report)).toStrictEqual({ nightly: 'failed', 'nightly-1': 'moved', z: 'failed' })
    expect(registry.manifests.get(named('nightly-1'))).toBe(yesterday)
  })

  test('says so when nobody can tell what the tag holds', async () => {
    const [report] = await rollBack(plain, {
      on: (call, registry) => {
        if (call === `head ${named('nightly')}` && registry.calls.includes(`put ${named('z')}`)) throw denied
      }
    })
    expect(of(report, 'nightly')).toMatchObject({
      outcome: 'failed',
      rollbackError: { code: 'REGISTRY_UNAVAILABLE' }
    })
    expect(of(report, 'nightly')?.reason).toContain('not known')
  })

  test('trusts the registry when an answer was lost, but the tag is back', async () => {
    const [report] = await rollBack(plain, {
      on: async (call, registry) => {
        if (!isBack(call, registry) || call !== `put ${named('nightly')}`) return
        await registry.putManifest(targetOf('other'), yesterday)
        ;(registry.manifests as Map<string, Manifest>).set(named('nightly'), yesterday)
        throw denied
      }
    })
    expect(of(report, 'nightly')).toMatchObject({ outcome: 'restored', digest: yesterday.digest })
  })

  test('says so when the registry no longer has the image', async () => {
    const registry = memoryRegistry(held)
    const dropping: MemoryRegistry = {
      ...registry,
      getManifest: asked => (asked.digest ? Promise.resolve(undefined) : registry.getManifest(asked)),
      putManifest: async (reference, manifest) => {
        if (formatReference(reference) === named('z')) {
          while (!registry.calls.includes(`put ${named('nightly')} done`))
            await new Promise(resolve => setImmediate(resolve))
          throw denied
        }
        await registry.putManifest(reference, manifest)
      }
    }
    const report = await run(plain, dropping, { onFailure: 'restore' })
    expect(of(report, 'nightly')).toMatchObject({
      outcome: 'failed',
      rollbackError: { code: 'REGISTRY_REJECTED' },
      isPreviousGone: true
    })
  })

  test('throws what nobody expected', async () => {
    const bug = new TypeError('bug')
    const failure = rollBack(plain, {
      on: (call, registry) => {
        if (isBack(call, registry) && call === `put ${named('nightly')}`) throw bug
      }
    })
    await expect(failure).rejects.toBe(bug)
  })
})

describe('rolling back leaves what another job has written since:', () => {
  const interfere = (tag: string) => (call: string, registry: MemoryRegistry) => {
    if (call === `put ${named('z')}`) void take(tag, registry)
  }
  const take = async (tag: string, registry: MemoryRegistry): Promise<void> => {
    while (!registry.calls.includes(`put ${named('nightly')} done`))
      await new Promise(resolve => setImmediate(resolve))
    ;(registry.manifests as Map<string, Manifest>).set(named(tag), others)
  }

  test('a tag', async () => {
    const [report, registry] = await rollBack(plain, { on: interfere('nightly') })
    expect(of(report, 'nightly')).toMatchObject({ outcome: 'superseded', digest: others.digest })
    expect(registry.manifests.get(named('nightly'))).toBe(others)
  })

  test('the main tag of a rotation, and then the whole chain', async () => {
    const [report, registry] = await rollBack(rotating, { on: interfere('nightly') })
    expect(outcomesOf(report)).toStrictEqual({ nightly: 'superseded', 'nightly-1': 'moved', z: 'failed' })
    expect(registry.manifests.get(named('nightly-1'))).toBe(yesterday)
  })

  test('the main tag of a rotation that could not be written: the tag that keeps its earlier image stays', async () => {
    const registry: MemoryRegistry = memoryRegistry(held, call => {
      if (call !== `put ${named('nightly')}`) return Promise.resolve()
      ;(registry.manifests as Map<string, Manifest>).set(named('nightly'), others)
      return Promise.reject(denied)
    })
    const request = requestOf(named('main'), [named('nightly')], {
      keepPrevious: [{ pattern: '*', value: 1 }]
    })
    const report = await run(request, registry, { onFailure: 'restore' })
    expect(outcomesOf(report)).toStrictEqual({ nightly: 'failed', 'nightly-1': 'moved' })
    expect(registry.manifests.get(named('nightly-1'))).toBe(yesterday)
    expect(registry.manifests.get(named('nightly'))).toBe(others)
  })

  test('a tag that is taken while it is put back', async () => {
    const registry = memoryRegistry(held)
    const racing: MemoryRegistry = {
      ...registry,
      putManifest: async (reference, manifest, isExpected) => {
        if (formatReference(reference) === named('z')) {
          while (!registry.calls.includes(`put ${named('nightly')} done`))
            await new Promise(resolve => setImmediate(resolve))
          throw denied
        }
        // The registry is asked before the upload is repeated, and has another image by then.
        if (manifest === yesterday && isExpected?.(others.digest) === false)
          throw new TagChangedError(others.digest)
        await registry.putManifest(reference, manifest)
      }
    }
    const report = await run(plain, racing, { onFailure: 'restore' })
    expect(of(report, 'nightly')).toMatchObject({ outcome: 'superseded', digest: others.digest })
  })
})
