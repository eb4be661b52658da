/** Puts tags back to what they pointed to before the run. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { formatReference } from '../oci/reference.ts'
import { type TargetReport, isDisplaced, restored, stuck } from '../promotion/report.ts'
import { lookUp } from './look-up.ts'
import type { RegistryReader, RegistryWriter } from './ports.ts'

/** A write, and what is known of it. */
export interface Written {
  report: TargetReport
}

/**
 * Puts back what a chain of writes has displaced, the last write first: so every image that a tag still keeps stays kept. Where
 * one cannot be put back, those written before it are left, for they keep what it held.
 *
 * The former manifests are fetched here and not before the writes: a registry keeps what a tag has left, and a run in which
 * nothing fails pays nothing.
 */
export async function putBack(
  chain: readonly Written[],
  registry: RegistryReader & RegistryWriter
): Promise<void> {
  for (const written of chain.toReversed()) {
    const { report } = written
    if (!isDisplaced(report)) continue
    written.report = await restore(report, report.previousDigest, registry)
    if (written.report.stuck !== undefined) return
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
    const found = await lookUp(target, registry)
    return found?.digest === digest ? restored(report) : stuck(report, explained, found)
  }
}

function gone(): PromotionError {
  return new PromotionError('SOURCE_NOT_FOUND', 'the registry does not have that image any more', {
    advice: 'A clean-up of untagged images has deleted it. Point the tag at another image by hand.'
  })
}
