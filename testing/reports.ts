/** Builds reports for tests; what is not given is empty. */
import type { Manifest } from '../src/oci/manifest.ts'
import { nothingCopied } from '../src/promotion/copy.ts'
import type { Report, TargetReport } from '../src/promotion/report.ts'
import type { Source } from '../src/promotion/source.ts'
import { sourceOf } from './samples.ts'

/** The report of a target; the source is optional if there is only one. */
export type LooseTarget = Omit<TargetReport, 'source'> & Partial<Pick<TargetReport, 'source'>>

/** A report of one image, or of none. */
export interface LooseReport extends Partial<Omit<Report, 'targets' | 'sources'>> {
  readonly sources?: Report['sources']
  readonly source?: Source
  /** The image of the source; absent if it was not read. */
  readonly manifest?: Manifest
  readonly platforms?: readonly string[]
  readonly targets: readonly LooseTarget[]
}

const somewhere = sourceOf('ghcr.io/acme/app:sha-1')

/** Builds a report. */
export function reportOf({ source, manifest, platforms = [], targets, ...rest }: LooseReport): Report {
  const own = source && { source, ...(manifest && { image: { manifest, platforms } }) }
  return {
    sources: own ? [own] : [],
    dryRun: false,
    copied: nothingCopied,
    warnings: [],
    ...rest,
    targets: targets.map(target => ({ source: source ?? somewhere, ...target }))
  }
}
