/** Tests of the whole use case over a registry in memory. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { nothingCopied } from '../../src/promotion/copy.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { isSuccessful } from '../../src/promotion/report.ts'
import type { Plan } from '../../src/promotion/plan.ts'
import type { Request } from '../../src/promotion/request.ts'
import type { Report } from '../../src/promotion/report.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { requestOf, setOf } from '../../testing/requests.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run, silent } from './run.ts'

const manifest = manifestOf()
const other = manifestOf(image({ seed: 'other' }))
const app = (tag: string): string => `ghcr.io/acme/app:${tag}`
const holding = { [app('sha-1')]: manifest, [app('old')]: other, [app('same')]: manifest }
const error = new PromotionError('DENIED', 'no')
const down = new PromotionError('REGISTRY_UNAVAILABLE', 'no answer')

const order = (...tags: string[]): Request => requestOf(app('sha-1'), tags.map(app))
const [source] = order().promotions.map(promotion => promotion.source)
const promote = (wanted: Request, registry: MemoryRegistry): Promise<Report> => run(wanted, registry)
const failing = (part: string, thrown: Error) => (call: string) =>
  call.startsWith(part) ? Promise.reject(thrown) : Promise.resolve()

describe('promote', () => {
  test('creates, moves and leaves tags, and tells of it', async () => {
    const registry = memoryRegistry(holding)
    const report = await promote(order('new', 'old', 'same'), registry)
    const { digest } = manifest
    expect(report).toStrictEqual({
      sources: [{ source, image: { manifest, platforms: [] } }],
      dryRun: false,
      targets: [
        { target: targetOf('new'), source, outcome: 'created', digest },
        { target: targetOf('old'), source, outcome: 'moved', digest, previousDigest: other.digest },
        { target: targetOf('same'), source, outcome: 'unchanged', digest, previousDigest: digest }
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
    const registry = memoryRegistry(holding, failing(`head ${app('old')}`, down))
    const report = await promote(order('new', 'old', 'same'), registry)
    expect(report.sources[0]?.image?.manifest).toBe(manifest)
    expect(report.targets).toMatchObject([
      { outcome: 'not-attempted' },
      { outcome: 'refused', error: { code: 'REGISTRY_UNAVAILABLE' } },
      { outcome: 'unchanged' }
    ])
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([])
  })

  test('overwrites first what a registry does not let read, and puts nothing back there', async () => {
    const broken = (call: string): Promise<void> =>
      call === `head ${app('old')}` || call === `put ${app('new')}`
        ? Promise.reject(error)
        : Promise.resolve()
    const registry = memoryRegistry(holding, broken)
    const report = await run(order('new', 'old'), registry, { onFailure: 'restore' })
    expect(report.targets).toMatchObject([
      { outcome: 'failed' },
      {
        outcome: 'moved',
        reason: `written without knowing what it pointed to: reading the target ${app('old')}: no; not put back, for the same reason`
      }
    ])
    expect(report.targets[1]).not.toHaveProperty('previousDigest')
    expect(report.warnings).toStrictEqual([
      expect.stringContaining(`does not tell what ${app('old')} pointed to`)
    ])
    expect(registry.manifests.get(app('old'))).toBe(manifest)
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([
      `put ${app('old')}`,
      `put ${app('old')} done`,
      `put ${app('new')}`
    ])
  })

  test.each([
    { what: 'is not there', registry: memoryRegistry(), code: 'SOURCE_NOT_FOUND' },
    { what: 'cannot be read', registry: memoryRegistry(holding, failing('get', error)), code: 'DENIED' }
  ])('writes nothing, and tells of every target, when the source $what', async ({ registry, code }) => {
    const report = await promote(order('new', 'old'), registry)
    expect(report).toStrictEqual({
      sources: [{ source, error: expect.objectContaining({ code }) }],
      dryRun: false,
      targets: [
        { target: targetOf('new'), source, outcome: 'not-attempted', reason: expect.any(String) },
        { target: targetOf('old'), source, outcome: 'not-attempted', reason: expect.any(String) }
      ],
      copied: nothingCopied,
      warnings: []
    })
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([])
  })

  test('tells of a write that failed', async () => {
    const report = await promote(order('new'), memoryRegistry(holding, failing('put', error)))
    expect(report.targets).toMatchObject([{ outcome: 'failed', error: { code: 'DENIED' } }])
    expect(report.error).toBeUndefined()
  })

  test.each([['get'], ['head'], ['put']])('rethrows an unexpected error of %s', async method => {
    const bug = new TypeError('bug')
    await expect(promote(order('new'), memoryRegistry(holding, failing(method, bug)))).rejects.toBe(bug)
  })
})

describe('promote, while running,', () => {
  test('tells the plan before it writes', async () => {
    const registry = memoryRegistry(holding)
    const told: unknown[] = []
    const planned = (wanted: Request, { steps }: Plan): void => {
      told.push(
        wanted,
        steps.length,
        registry.calls.some(call => call.startsWith('put'))
      )
    }
    const wanted = order('new', 'old')
    await run(wanted, registry, { progress: { ...silent, planned } })
    expect(told).toStrictEqual([wanted, 2, false])
  })

  test('tells what it waits for', async () => {
    const told: unknown[] = []
    const waiting = (missing: readonly PromotionError[], left: number): void =>
      void told.push(...missing.map(({ code }) => code), left)
    await run(order('new'), memoryRegistry(), {
      waitForSource: 10_000,
      progress: { ...silent, waiting }
    })
    expect(told).toStrictEqual(['SOURCE_NOT_FOUND', 10_000])
  })
})

describe('promote, of a set of images,', () => {
  const web = manifestOf(image({ seed: 'web' }))
  const set = setOf([
    [app('sha-1'), [app('new'), app('old')]],
    ['ghcr.io/acme/web:sha-1', ['ghcr.io/acme/web:new']]
  ])
  const both = { ...holding, 'ghcr.io/acme/web:sha-1': web }

  test('gives each image its tags', async () => {
    const registry = memoryRegistry(both)
    const report = await promote(set, registry)
    expect(report.targets.map(({ outcome }) => outcome)).toStrictEqual(['created', 'moved', 'created'])
    expect(registry.manifests.get('ghcr.io/acme/web:new')).toBe(web)
    expect(registry.manifests.get(app('old'))).toBe(manifest)
  })

  test.each<[string, Record<string, Manifest>, string | undefined]>([
    ['does not exist', holding, undefined],
    ['cannot be read', both, 'get ghcr.io/acme/web:sha-1'],
    ['has a target that cannot be judged', both, 'head ghcr.io/acme/web:new']
  ])('writes nothing for any when one %s', async (_what, content, broken) => {
    const registry = memoryRegistry(content, broken === undefined ? undefined : failing(broken, down))
    const report = await promote(set, registry)
    expect(isSuccessful(report)).toBe(false)
    expect(registry.calls.filter(call => call.startsWith('put'))).toStrictEqual([])
  })

  test('puts every repository back when a write of any fails', async () => {
    const content = { ...both, 'ghcr.io/acme/web:new': other }
    const registry = memoryRegistry(content, failing('put ghcr.io/acme/web:new', error))
    const report = await run(set, registry, { onFailure: 'restore' })
    expect(report.targets.map(({ outcome }) => outcome)).toStrictEqual(['created', 'restored', 'failed'])
    expect(registry.manifests.get(app('old'))).toBe(other)
  })

  test('skips what does not exist where the request allows that, and promotes the others', async () => {
    const registry = memoryRegistry({ ...holding, 'ghcr.io/acme/web:new': other })
    const report = await promote({ ...set, ifMissing: 'skip' }, registry)
    expect(report.targets.map(({ outcome }) => outcome)).toStrictEqual(['created', 'moved', 'skipped'])
    expect(report.targets[2]).toMatchObject({ digest: other.digest, previousDigest: other.digest })
    expect(report.sources[1]).toMatchObject({ isMissing: true })
    expect(isSuccessful(report)).toBe(true)
  })
})
