/** Reports as tests make them: what is not said is empty. */
import type { Manifest } from '../src/oci/manifest.ts'
import { type Reference, parseReference } from '../src/oci/reference.ts'
import { nothingCopied } from '../src/promotion/copy.ts'
import type { Report, TargetReport } from '../src/promotion/report.ts'

/** The report of a target, whose source need not be named where there is one alone. */
export type LooseTarget = Omit<TargetReport, 'source'> & Partial<Pick<TargetReport, 'source'>>

/** A report of one image, or of none. */
export interface LooseReport extends Partial<Omit<Report, 'targets' | 'sources'>> {
  readonly sources?: Report['sources']
  readonly source?: Reference
  /** The image of the source; absent where it was not read. */
  readonly manifest?: Manifest
  readonly platforms?: readonly string[]
  readonly targets: readonly LooseTarget[]
}

const somewhere = parseReference('ghcr.io/acme/app:sha-1')

/** Makes a report. */
export function reportOf({ source, manifest, platforms = [], targets, ...rest }: LooseReport): Report {
  const own = source && { reference: source, ...(manifest && { image: { manifest, platforms } }) }
  return {
    sources: own ? [own] : [],
    dryRun: false,
    copied: nothingCopied,
    warnings: [],
    ...rest,
    targets: targets.map(target => ({ source: source ?? somewhere, ...target }))
  }
}
