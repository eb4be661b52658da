/** Tests of what Retag promises, for all sets of images, histories and faults. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { formatReference } from '../../src/oci/reference.ts'
import type { OnFailure } from '../../src/promote/tag.ts'
import { type Outcome, type Report, type TargetReport, isSuccessful } from '../../src/promotion/report.ts'
import type { Request } from '../../src/promotion/request.ts'
import { tries } from '../../testing/properties.ts'
import { requestOf } from '../../testing/requests.ts'
import {
  type Content,
  type Failing,
  type Fault,
  chainOf,
  contents,
  failingRegistry,
  named,
  requests,
  sourceImage,
  wantedOf
} from './faults.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run } from './run.ts'

const puts = ({ calls }: MemoryRegistry): string[] => calls.filter(call => /^put.*(?<!done)$/.test(call))
const tagsWritten = (registry: MemoryRegistry): string[] => puts(registry).map(call => call.slice(4))
const nameOf = ({ target }: TargetReport): string => formatReference(target)
const failing = (max: number, ...kinds: readonly Fault[]): fc.Arbitrary<Failing> =>
  fc.record({
    at: fc.nat({ max }),
    count: fc.constantFrom(1, 2, Infinity),
    fault: fc.constantFrom(...kinds)
  })
const faults = failing(8, 'refused', 'answer lost')
const onFailures = fc.constantFrom<OnFailure>('restore', 'leave')
const failures = fc.tuple(faults, onFailures)

/** Asserts that a report tells of each tag what it holds, but where no source was there to promote. */
function expectTruth({ targets }: Report, { manifests }: MemoryRegistry): void {
  for (const { target, digest, outcome } of targets) {
    const isUnread = digest === undefined && outcome === 'not-attempted'
    const held = manifests.get(formatReference(target))?.digest
    if (!isUnread) expect([formatReference(target), digest]).toStrictEqual([formatReference(target), held])
  }
}

/** The outcomes of tags that hold what they held before. */
const untouched: readonly Outcome[] = ['unchanged', 'kept', 'skipped', 'refused', 'restored', 'not-attempted']

/** The tags that a run without faults comes to. */
async function endOf(content: Content, request: Request): Promise<MemoryRegistry['manifests']> {
  const registry = memoryRegistry(content)
  await run(request, registry)
  return registry.manifests
}

describe('for all sets and all that tags may hold,', () => {
  test('a refusal means that nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, async (content, request) => {
        const registry = memoryRegistry(content)
        const report = await run(request, registry)
        const isRefused = report.targets.some(({ outcome }) => outcome === 'refused')
        if (!isRefused) return
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

describe('for all sets, all that tags may hold and all faults,', () => {
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

  test('no image is promoted in part unless the report says so and the step fails', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, failures, async (content, request, [fault, onFailure]) => {
        const wanted = await endOf(content, request)
        const isPossible = isSuccessful(await run(request, memoryRegistry(content)))
        const registry = failingRegistry(content, fault)
        const report = await run(request, registry, { onFailure })
        const isWhole = [...wanted].every(
          ([name, manifest]) => registry.manifests.get(name)?.digest === manifest.digest
        )
        expect(isSuccessful(report)).toBe(isPossible && isWhole)
      })
    )
  })

  test('each outcome is true, whether a write or a read fails', async () => {
    const any = fc.tuple(failing(20, 'refused', 'answer lost', 'unread'), onFailures)
    await fc.assert(
      fc.asyncProperty(contents, requests, any, async (content, request, [fault, onFailure]) => {
        const registry = failingRegistry(content, fault)
        const { targets } = await run(request, registry, { onFailure })
        for (const { target, source, outcome, digest, keeps } of targets) {
          const name = formatReference(target)
          const now = registry.manifests.get(name)
          if (untouched.includes(outcome)) expect([name, now]).toStrictEqual([name, content[name]])
          else if (outcome !== 'failed' && keeps === undefined)
            expect([name, now]).toStrictEqual([name, wantedOf(source, content)])
          if (digest !== undefined) expect([name, digest]).toStrictEqual([name, now?.digest])
        }
      })
    )
  })

  test('no tag of any image is moved before the new tags of all images are there', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, faults, async (content, request, fault) => {
        const registry = failingRegistry(content, fault)
        const report = await run(request, registry, { onFailure: 'leave' })
        const names = tagsWritten(registry)
        const isMoving = names.map(name => name in content)
        const firstMove = isMoving.indexOf(true)
        const targets = report.targets.filter(({ keeps }) => keeps === undefined).map(nameOf)
        const late = names.filter(
          (name, index) => index > firstMove && !isMoving[index] && targets.includes(name)
        )
        expect(firstMove === -1 ? [] : late).toStrictEqual([])
        const isNewFailed = report.targets.some(
          target =>
            target.outcome === 'failed' && targets.includes(nameOf(target)) && !(nameOf(target) in content)
        )
        expect(isNewFailed && firstMove !== -1).toBe(false)
      })
    )
  })

  test('a second run comes to what the first one was to come to', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, failures, async (content, request, [fault, onFailure]) => {
        const broken = failingRegistry(content, fault)
        await run(request, broken, { onFailure })
        expect(await endOf(Object.fromEntries(broken.manifests), request)).toStrictEqual(
          await endOf(content, request)
        )
      })
    )
  })

  test('a tag that pointed to something points there again, or the report says loudest that it does not', async () => {
    await fc.assert(
      fc.asyncProperty(contents, requests, faults, async (content, request, fault) => {
        const registry = failingRegistry(content, fault)
        const report = await run(request, registry, { onFailure: 'restore' })
        if (!report.targets.some(({ outcome }) => outcome === 'failed')) return
        const isAnyUnrestored = report.targets.some(({ rollbackError }) => rollbackError !== undefined)
        for (const { target, outcome } of report.targets) {
          const name = formatReference(target)
          const isBack = registry.manifests.get(name) === content[name]
          expect(isBack || outcome === 'created' || isAnyUnrestored).toBe(true)
        }
      }),
      tries(200)
    )
  })
})

describe('for all sets, all that tags may hold and whenever the job is cancelled,', () => {
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
