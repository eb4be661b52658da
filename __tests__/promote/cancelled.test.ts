/** Tests of a job that is cancelled while the action is at work. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Report } from '../../src/promotion/report.ts'
import type { Options } from '../../src/promote/promote.ts'
import { requestOf } from '../../testing/requests.ts'
import { manifestOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { KeepingRegistry } from './keeping-registry.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run } from './run.ts'

const [today, yesterday] = [manifestOf(image({ seed: 'today' })), manifestOf(image({ seed: 'yesterday' }))]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const held = { [named('main')]: today, [named('one')]: yesterday, [named('two')]: yesterday }
const request = requestOf(named('main'), ['new', 'one', 'two'].map(named))
const reason = new PromotionError('CANCELLED', 'the job was cancelled')

interface Cancelled {
  readonly report: Report
  readonly registry: MemoryRegistry
}

/** Promotes with a job that is cancelled by the call that a pattern fits. */
async function runCancelledBy(pattern: RegExp, differing: Partial<Options> = {}): Promise<Cancelled> {
  const job = new AbortController()
  const registry = memoryRegistry(held, call => {
    if (pattern.test(call)) job.abort(reason)
    return Promise.resolve()
  })
  const report = await run(request, registry, { signal: job.signal, ...differing })
  return { report, registry }
}

const outcomesOf = ({ targets }: Report): string[] => targets.map(({ outcome }) => outcome)
const puts = ({ calls }: MemoryRegistry): string[] => calls.filter(call => /^put.*(?<!done)$/.test(call))

describe('a job that is cancelled', () => {
  test('before it begins asks nothing', async () => {
    const registry = memoryRegistry(held)
    const report = await run(request, registry, { signal: AbortSignal.abort(reason) })
    expect(registry.calls).toStrictEqual([])
    expect(report).toMatchObject({ error: reason })
  })

  test('while it looks has written nothing, and says why', async () => {
    const { report, registry } = await runCancelledBy(/^get/)
    expect(puts(registry)).toStrictEqual([])
    expect(report.error).toBe(reason)
    expect(new Set(report.targets.map(target => target.reason))).toStrictEqual(
      new Set(['nothing was written, because the job was cancelled'])
    )
  })

  test('while it looks ends at once, though a registry does not answer', async () => {
    const job = new AbortController()
    const registry = memoryRegistry(held, () => new Promise(() => undefined))
    const done = run(request, registry, { signal: job.signal })
    job.abort(reason)
    expect(outcomesOf(await done)).toStrictEqual(Array(3).fill('not-attempted'))
  })

  test('while it writes begins no other write, and puts back what it moved', async () => {
    const { report, registry } = await runCancelledBy(/^put .*:one$/, { onFailure: 'restore' })
    expect(outcomesOf(report)).toStrictEqual(['created', 'restored', 'not-attempted'])
    expect(registry.manifests.get(named('one'))).toBe(yesterday)
    expect(report.error).toBe(reason)
  })

  test('leaves what it moved where on-failure says so', async () => {
    const { report, registry } = await runCancelledBy(/^put .*:new$/, { onFailure: 'leave' })
    expect(outcomesOf(report)).toStrictEqual(['created', 'not-attempted', 'not-attempted'])
    expect(report.targets[1]?.reason).toBe('not written, because the job was cancelled')
    expect(puts(registry)).toStrictEqual([`put ${named('new')}`])
    expect(report.error).toBe(reason)
  })

  test('during its last write has done everything', async () => {
    const { report } = await runCancelledBy(/^put .*:two$/, { onFailure: 'restore' })
    expect(outcomesOf(report)).toStrictEqual(['created', 'moved', 'moved'])
    expect(report.error).toBeUndefined()
  })

  test('while it copies tags nothing, and tells what was copied', async () => {
    const job = new AbortController()
    const registry = new KeepingRegistry()
    registry.seed('one.example/staging', image({ layers: [Buffer.from('1'), Buffer.from('2')] }), ['1'])
    registry.refuse = request => {
      if (request.startsWith('placeBlob')) job.abort(reason)
    }
    const copying = requestOf('one.example/staging:1', ['two.example/app:1'], { referrers: false })
    const report = await run(copying, registry, { signal: job.signal })
    expect(outcomesOf(report)).toStrictEqual(['not-attempted'])
    expect(report.error?.code).toBe('CANCELLED')
    expect(registry.writes.filter(request => request.startsWith('putManifest'))).toStrictEqual([])
    expect(report.copied.blobs).toBeGreaterThan(0)
  })
})
