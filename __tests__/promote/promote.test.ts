/** Tests of the whole use case over a registry in memory. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nothingCopied } from '../../src/promotion/copy.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { isSuccessful } from '../../src/promotion/report.ts'
import type { Order, Plan } from '../../src/promotion/plan.ts'
import type { Report } from '../../src/promotion/report.ts'
import { promote as promoteBy } from '../../src/promote/promote.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { conduct, silent } from './conduct.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

const manifest = manifestOf()
const other = manifestOf(image({ seed: 'other' }))
const source = parseReference('ghcr.io/acme/app:sha-1')
const app = (tag: string): string => `ghcr.io/acme/app:${tag}`
const holding = { [app('sha-1')]: manifest, [app('old')]: other, [app('same')]: manifest }
const error = new PromotionError('DENIED', 'no')

const order = (...tags: string[]): Order => ({ source, targets: tags.map(targetOf) })
const promote = (wanted: Order, registry: MemoryRegistry): Promise<Report> =>
  promoteBy(wanted, registry, conduct())
const failing = (part: string, thrown: Error) => (call: string) =>
  call.startsWith(part) ? Promise.reject(thrown) : Promise.resolve()

describe('promote', () => {
  test('creates, moves and leaves tags, and tells of it', async () => {
    const registry = memoryRegistry(holding)
    const report = await promote(order('new', 'old', 'same'), registry)
    const { digest } = manifest
    expect(report).toStrictEqual({
      source,
      manifest,
      platforms: [],
      dryRun: false,
      targets: [
        { target: targetOf('new'), outcome: 'created', digest },
        { target: targetOf('old'), outcome: 'moved', digest, previousDigest: other.digest },
        { target: targetOf('same'), outcome: 'unchanged', digest, previousDigest: digest }
      ],
      copied: nothingCopied,
      warnings: []
    })
    for (const tag of ['new', 'old', 'same']) expect(registry.manifests.get(app(tag))).toBe(manifest)
  })

  test('run again, changes nothing', async () => {
    const registry = memoryRegistry(holding)
    await promote(order('new', 'old'), registry)
    const calls = registry.calls.length
    const report = await promote(order('new', 'old'), registry)
    expect(report.targets.map(({ outcome }) => outcome)).toStrictEqual(['unchanged', 'unchanged'])
    expect(registry.calls.slice(calls).filter(call => call.startsWith('put'))).toStrictEqual([])
  })

  test('writes only when everything has been looked at', async () => {
    const tags = fc.uniqueArray(fc.constantFrom('new', 'old', 'same', 'a', 'b', 'c'))
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), tags, async (scheduler, drawn) => {
        const registry = memoryRegistry(holding, call => scheduler.schedule(Promise.resolve(), call))
        const report = promote(order(...drawn), registry)
        await scheduler.waitIdle()
        expect(isSuccessful(await report)).toBe(true)
        const isPut = registry.calls.map(call => call.startsWith('put'))
        expect(isPut.lastIndexOf(false)).toBeLessThan(isPut.includes(true) ? isPut.indexOf(true) : Infinity)
        for (const tag of drawn) expect(registry.manifests.get(app(tag))).toBe(manifest)
      })
    )
  })

  test('writes nothing, and tells why, when a target cannot be judged', async () => {
    const registry = memoryRegistry(holding, failing(`head ${app('old')}`, error))
    const report = await promote(order('new', 'old', 'same'), registry)
    expect(report.manifest).toBe(manifest)
    expect(report.targets).toMatchObject([
      { outcome: 'not-attempted' },
      { outcome: 'refused', error: { code: 'DENIED' } },
      { outcome: 'unchanged' }
    ])
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([])
  })

  test.each([
    { what: 'is not there', registry: memoryRegistry(), code: 'SOURCE_NOT_FOUND' },
    { what: 'cannot be read', registry: memoryRegistry(holding, failing('get', error)), code: 'DENIED' }
  ])('writes nothing, and tells of every target, when the source $what', async ({ registry, code }) => {
    const report = await promote(order('new', 'old'), registry)
    expect(report).toStrictEqual({
      source,
      dryRun: false,
      targets: [
        { target: targetOf('new'), outcome: 'not-attempted', reason: expect.any(String) },
        { target: targetOf('old'), outcome: 'not-attempted', reason: expect.any(String) }
      ],
      error: expect.objectContaining({ code })
    })
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([])
  })

  test('tells of a write that failed', async () => {
    const report = await promote(order('new'), memoryRegistry(holding, failing('put', error)))
    expect(report.targets).toMatchObject([{ outcome: 'failed', error: { code: 'DENIED' } }])
    expect(report.error).toBeUndefined()
  })

  test.each([['get'], ['head'], ['put']])('hands on an error of %s that is none of ours', async method => {
    const bug = new TypeError('bug')
    await expect(promote(order('new'), memoryRegistry(holding, failing(method, bug)))).rejects.toBe(bug)
  })
})

describe('promote, while it goes on,', () => {
  test('tells the plan before it writes', async () => {
    const registry = memoryRegistry(holding)
    const told: unknown[] = []
    const plans = (wanted: Order, { steps }: Plan): void => {
      told.push(
        wanted,
        steps.length,
        registry.calls.some(call => call.startsWith('put'))
      )
    }
    const wanted = order('new', 'old')
    await promoteBy(wanted, registry, conduct({ narrator: { ...silent, plans } }))
    expect(told).toStrictEqual([wanted, 2, false])
  })

  test('tells what it waits for', async () => {
    const told: unknown[] = []
    const waits = ({ code }: PromotionError, left: number): void => void told.push(code, left)
    const narrator = { ...silent, waits }
    await promoteBy(order('new'), memoryRegistry(), conduct({ waitForSource: 10_000, narrator }))
    expect(told).toStrictEqual(['SOURCE_NOT_FOUND', 10_000])
  })
})
