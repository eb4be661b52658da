/** Rolls back: points tags to what they pointed to before the run. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { formatReference } from '../oci/reference.ts'
import { type TargetReport, isDisplaced, restored, rollbackFailed } from '../promotion/report.ts'
import { observe } from './observe.ts'
import type { RegistryReader, RegistryWriter } from './ports.ts'

/** A write, and what is known of it. */
export interface Written {
  report: TargetReport
}

/**
 * Puts back what a chain of writes has displaced, the last write first, so that every image a tag still keeps stays kept. Where
 * one cannot be put back, those written before it are left, for they keep what it held.
 *
 * The former manifests are fetched here and not before the writes: a registry keeps what a tag has left, and a run in which
 * nothing fails pays nothing.
 */
export async function rollBack(
  chain: readonly Written[],
  registry: RegistryReader & RegistryWriter
): Promise<void> {
  for (const written of chain.toReversed()) {
    const { report } = written
    if (!isDisplaced(report)) continue
    written.report = await restore(report, report.previousDigest, registry)
    if (written.report.rollbackError !== undefined) return
  }
}

async function restore(
  report: TargetReport,
  digest: Digest,
  registry: RegistryReader & RegistryWriter
): Promise<TargetReport> {
  const { target } = report
  const { repository } = target
  try {
    const manifest = await registry.getManifest({ repository, digest })
    if (manifest === undefined) throw gone()
    await registry.putManifest(target, manifest)
    return restored(report)
  } catch (error) {
    const explained = during(`putting ${formatReference(target)} back to ${digest}`, error)
    if (!(explained instanceof PromotionError)) throw explained
    const now = await observe(target, registry)
    return now?.digest === digest ? restored(report) : rollbackFailed(report, explained, now)
  }
}

function gone(): PromotionError {
  return new PromotionError('REGISTRY_REJECTED', 'the registry no longer has that image', {
    advice: 'A clean-up of untagged images has deleted it. Point the tag at another image by hand.'
  })
}
