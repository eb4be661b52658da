/** Tests of what Retag promises, for all orders, histories and faults. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { type Report, isSuccessful } from '../../src/promotion/report.ts'
import { requestOf } from '../../testing/requests.ts'
import {
  type Content,
  type Fault,
  chainOf,
  contents,
  failingRegistry,
  named,
  requests,
  sourceImage
} from './faults.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run } from './run.ts'

const puts = ({ calls }: MemoryRegistry): string[] => calls.filter(call => /^put.*(?<!done)$/.test(call))
const faults = fc.record({
  at: fc.nat({ max: 6 }),
  count: fc.constantFrom(1, 2, Infinity),
  fault: fc.constantFrom<Fault>('refused', 'answer lost')
})

/** Asserts that a report tells of each tag what it holds. */
function expectTruth({ targets }: Report, { manifests }: MemoryRegistry): void {
  for (const { target, digest } of targets)
    expect([formatReference(target), digest]).toStrictEqual([
      formatReference(target),
      manifests.get(formatReference(target))?.digest
    ])
}

describe('for all orders and all that tags may hold,', () => {
  test('a refusal means that nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, async (content, request) => {
        const registry = memoryRegistry(content)
        const report = await run(request, registry)
        const isRefused = report.targets.some(({ outcome }) => outcome === 'refused')
        fc.pre(isRefused)
        expect(puts(registry)).toStrictEqual([])
        expect(isSuccessful(report)).toBe(false)
        expectTruth(report, registry)
      })
    )
  })

  test('a dry run writes nothing and tells what the real run then does', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, async (content, request) => {
        const [dry, real] = [memoryRegistry(content), memoryRegistry(content)]
        const foretold = await run(request, dry, { dryRun: true })
        expect(puts(dry)).toStrictEqual([])
        expect(foretold).toStrictEqual({ ...(await run(request, real)), dryRun: true })
      })
    )
  })

  test('the report tells what each tag holds, and a second run changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, async (content, request) => {
        const registry = memoryRegistry(content)
        expectTruth(await run(request, registry), registry)
        const written = puts(registry).length
        await run(request, registry)
        expect(puts(registry)).toHaveLength(written)
      })
    )
  })
})

describe('for all orders, all that tags may hold and all faults,', () => {
  test.each(['restore', 'leave'] as const)('the report tells what each tag holds: %s', async onFailure => {
    await fc.assert(
      fc.asyncProperty(contents, requests, faults, async (content, request, fault) => {
        const registry = failingRegistry(content, fault)
        const report = await run(request, registry, { onFailure })
        expectTruth(report, registry)
        // What was lost was but the answer: the tags are as they were to be, and the run has succeeded.
        if (fault.fault === 'answer lost')
          expect(report.targets.some(({ outcome }) => outcome === 'failed')).toBe(false)
      })
    )
  })

  test('a tag that pointed to something points there again, or the report says loudest that it does not', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, faults, async (content, request, fault) => {
        const registry = failingRegistry(content, fault)
        const report = await run(request, registry, { onFailure: 'restore' })
        fc.pre(report.targets.some(({ outcome }) => outcome === 'failed'))
        const isAnyUnrestored = report.targets.some(({ rollbackError }) => rollbackError !== undefined)
        for (const { target, outcome } of report.targets) {
          const name = formatReference(target)
          const isBack = registry.manifests.get(name) === content[name]
          expect(isBack || outcome === 'created' || isAnyUnrestored).toBe(true)
        }
      })
    )
  })
})

describe('for all orders, all that tags may hold and whenever the job is cancelled,', () => {
  test.each(['restore', 'leave'] as const)('the report tells what each tag holds: %s', async onFailure => {
    await fc.assert(
      fc.asyncProperty(contents, requests, fc.nat({ max: 20 }), async (content, request, at) => {
        const job = new AbortController()
        let calls = 0
        const registry = memoryRegistry(content, () => {
          if (calls++ === at) job.abort(new PromotionError('CANCELLED', 'cancelled'))
          return Promise.resolve()
        })
        const report = await run(request, registry, { onFailure, signal: job.signal })
        const looked = report.targets.filter(({ digest }) => digest !== undefined)
        expectTruth({ ...report, targets: looked }, registry)
        const isCutShort = report.targets.some(({ outcome }) => outcome === 'not-attempted')
        if (isCutShort && onFailure === 'restore')
          expect(report.targets.filter(({ outcome }) => outcome === 'moved')).toStrictEqual([])
      })
    )
  })
})

describe('for all histories of a rotation,', () => {
  const request = requestOf(named('source'), [named('nightly')], {
    keepPrevious: [{ pattern: '*', value: 3 }]
  })
  const distinct = (chain: readonly (Manifest | undefined)[]): Manifest[] => [
    ...new Set(chain.filter(image => image !== undefined))
  ]
  const histories = contents.filter(content => {
    const now = content[named('nightly')]
    return now !== undefined && now !== sourceImage
  })
  const kept = (content: Content): Manifest[] =>
    distinct(chainOf(memoryRegistry(content)))
      .filter(image => image !== sourceImage)
      .slice(0, 3)

  test.each(['restore', 'leave'] as const)(
    'no image that is to stay is lost, wherever a run ends: %s',
    async onFailure => {
      await fc.assert(
        fc.asyncProperty(histories, faults, async (content, fault) => {
          const registry = failingRegistry(content, fault)
          await run(request, registry, { onFailure })
          expect(chainOf(registry)).toStrictEqual(expect.arrayContaining(kept(content)))
        })
      )
    }
  )

  test('a run that ended anywhere can be run again, and comes to the same end', async () => {
    await fc.assert(
      fc.asyncProperty(histories, faults, async (content, fault) => {
        const broken = failingRegistry(content, fault)
        await run(request, broken)
        const again = memoryRegistry(Object.fromEntries(broken.manifests))
        expect(isSuccessful(await run(request, again))).toBe(true)
        const wanted = [sourceImage, ...kept(content)]
        expect(chainOf(again).slice(0, wanted.length)).toStrictEqual(wanted)
      })
    )
  })
})
