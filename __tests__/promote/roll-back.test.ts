/** Tests of putting back: what is put back, in which order, and what is told when it cannot be. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference } from '../../src/oci/reference.ts'
import type { TargetReport } from '../../src/promotion/report.ts'
import { type Written, rollBack } from '../../src/promote/roll-back.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

const [today, yesterday, before] = [
  manifestOf(image({ seed: 'today' })),
  manifestOf(image({ seed: 'yesterday' })),
  manifestOf(image({ seed: 'before' }))
]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const held = {
  [named('nightly')]: today,
  [named('nightly-1')]: yesterday,
  [named('other')]: before
}
const error = new PromotionError('DENIED', 'no push right')

const source = parseReference(named('main'))
const nightly: TargetReport = {
  source,
  target: targetOf('nightly'),
  outcome: 'moved',
  digest: today.digest,
  previousDigest: yesterday.digest
}
const kept: TargetReport = {
  source,
  target: targetOf('nightly-1'),
  outcome: 'moved',
  digest: yesterday.digest,
  previousDigest: before.digest,
  keeps: targetOf('nightly')
}

/** Puts a chain back, and gives what became of it. */
async function restore(reports: readonly TargetReport[], registry: MemoryRegistry): Promise<TargetReport[]> {
  const chain: Written[] = reports.map(report => ({ report }))
  await rollBack(chain, registry)
  return chain.map(({ report }) => report)
}
const failing =
  (...calls: string[]) =>
  (call: string): Promise<void> =>
    calls.includes(call) ? Promise.reject(error) : Promise.resolve()

describe('rollBack', () => {
  test('points every tag that was moved at what it held before, the last write first', async () => {
    const registry = memoryRegistry(held)
    const reports = await restore([kept, nightly], registry)
    expect(reports.map(({ outcome }) => outcome)).toStrictEqual(['restored', 'restored'])
    expect(registry.manifests.get(named('nightly'))).toBe(yesterday)
    expect(registry.manifests.get(named('nightly-1'))).toBe(before)
    const puts = registry.calls.filter(call => call.startsWith('put') && call.endsWith('done'))
    expect(puts).toStrictEqual([`put ${named('nightly')} done`, `put ${named('nightly-1')} done`])
  })

  test('leaves what is new, what was not written and what is as it was', async () => {
    const registry = memoryRegistry(held)
    const [{ digest }, { digest: previousDigest }, target] = [today, yesterday, targetOf('nightly')]
    const reports: TargetReport[] = [
      { target, source, outcome: 'created', digest },
      { target, source, outcome: 'unchanged', digest, previousDigest: digest },
      {
        target,
        source,
        outcome: 'not-attempted',
        digest: previousDigest,
        previousDigest: yesterday.digest,
        reason: 'why'
      },
      {
        target,
        source,
        outcome: 'failed',
        digest: previousDigest,
        previousDigest: yesterday.digest,
        reason: 'why'
      }
    ]
    expect(await restore(reports, registry)).toStrictEqual(reports)
    expect(registry.calls).toStrictEqual([])
  })

  test('puts a tag back also when it is not known whether it was written', async () => {
    const { target, previousDigest = yesterday.digest } = nightly
    const unknown: TargetReport = { target, source, outcome: 'failed', previousDigest, reason: 'no answer' }
    const [report] = await restore([unknown], memoryRegistry(held))
    expect(report).toMatchObject({ outcome: 'failed', digest: yesterday.digest })
    expect(report?.reason).toMatch(/^no answer.*put back/)
  })

  test('tells what it could not put back, why, and what the tag holds', async () => {
    const registry = memoryRegistry(held, failing(`put ${named('nightly')}`))
    const [report] = await restore([nightly], registry)
    expect(report).toMatchObject({
      outcome: 'failed',
      digest: today.digest,
      rollbackError: { code: 'DENIED', message: expect.stringContaining(named('nightly')), cause: error }
    })
  })

  test('leaves the tags that keep what another tag held, when that one cannot be put back', async () => {
    const registry = memoryRegistry(held, failing(`put ${named('nightly')}`))
    const reports = await restore([kept, nightly], registry)
    expect(reports.map(({ outcome }) => outcome)).toStrictEqual(['moved', 'failed'])
    expect(registry.manifests.get(named('nightly-1'))).toBe(yesterday)
  })

  test('says so when nobody can tell what the tag holds', async () => {
    const calls = [`put ${named('nightly')}`, `head ${named('nightly')}`]
    const [report] = await restore([nightly], memoryRegistry(held, failing(...calls)))
    expect(report?.digest).toBeUndefined()
    expect(report?.reason).toContain('not known')
  })

  test('believes the registry when an answer was lost, but the tag is back', async () => {
    const registry = memoryRegistry(
      { ...held, [named('nightly')]: yesterday },
      failing(`put ${named('nightly')}`)
    )
    const [report] = await restore([nightly], registry)
    expect(report).toMatchObject({ outcome: 'restored', digest: yesterday.digest })
  })

  test('says so when the registry does not have the former image any more', async () => {
    const registry = memoryRegistry({ [named('nightly')]: today })
    const [report] = await restore([nightly], registry)
    expect(report).toMatchObject({
      outcome: 'failed',
      digest: today.digest,
      rollbackError: { code: 'REGISTRY_REJECTED' }
    })
  })

  test.each(['get', 'put', 'head'])('hands on an error of %s that is none of ours', async method => {
    const bug = new TypeError('bug')
    const isHead = method === 'head'
    const registry = memoryRegistry(held, call => {
      if (isHead && call.startsWith('put')) return Promise.reject(error)
      return call.startsWith(method) ? Promise.reject(bug) : Promise.resolve()
    })
    await expect(restore([nightly], registry)).rejects.toBe(bug)
  })
})
