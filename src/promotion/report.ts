/** The report: each target's outcome, and whether the run succeeded. */
import type { Digest } from '../oci/digest.ts'
import type { PromotionError } from '../oci/errors.ts'
import type { Target } from '../oci/reference.ts'
import { type Copied, nothingCopied } from './copy.ts'
import type { Request } from './request.ts'
import type { SourceImage, SourceState } from './snapshot.ts'
import type { Source } from './source.ts'
import type { Comparison } from './version-metadata.ts'

/** The possible outcomes of a target (contract: *Outputs*). */
export const outcomes = [
  'created',
  'moved',
  'unchanged',
  'kept',
  'skipped',
  'superseded',
  'refused',
  'failed',
  'restored',
  'not-attempted'
] as const

/** The outcome of a target: one of {@link outcomes}. */
export type Outcome = (typeof outcomes)[number]

/** The report of one target. */
export interface TargetReport {
  readonly target: Target
  /** The source of the promotion that the target belongs to. */
  readonly source: Source
  readonly outcome: Outcome
  /** What the tag points to now; absent when it points to nothing or that is not known. */
  readonly digest?: Digest
  /** What it pointed to before the run. */
  readonly previousDigest?: Digest
  /** Why it is not created, moved or unchanged: one sentence. */
  readonly reason?: string
  /** The error behind an outcome that fails the step. */
  readonly error?: PromotionError
  /** The target whose earlier image this tag keeps. */
  readonly keeps?: Target
  /** Why the tag, which was or may have been moved, could not be restored: the most serious outcome. */
  readonly rollbackError?: PromotionError
  /** Whether the registry no longer has the image that the tag pointed to before. */
  readonly isPreviousGone?: boolean
  /** How `forward` compared the two images, where it decided. */
  readonly comparison?: Comparison
}

/** The report of one source. */
export interface SourceReport {
  readonly source: Source
  /** Absent where it was not read, or does not meet the requirements. */
  readonly image?: SourceImage
  /** Whether it does not exist, and `if-missing: skip` allows that. */
  readonly isMissing?: boolean
  /** Why it cannot be promoted. */
  readonly error?: PromotionError
}

/** The report of a run. */
export interface Report {
  /** In the order of the request; empty where the inputs could not be read. */
  readonly sources: readonly SourceReport[]
  /** Whether this was a dry run. */
  readonly dryRun: boolean
  /** In the order of the request, each target followed by the tags that keep its earlier images. */
  readonly targets: readonly TargetReport[]
  /** What was copied to other repositories, or would have been. */
  readonly copied: Copied
  /** What the user should know: what was skipped in copying, how `forward` had to decide; one sentence each. */
  readonly warnings: readonly string[]
  /** What ended the run before any target could be judged, or before any tag could be written. */
  readonly error?: PromotionError
}

/** The report of a run that ended before anything was read. */
export function failedRun(error: PromotionError): Report {
  return { sources: [], dryRun: false, targets: [], copied: nothingCopied, warnings: [], error }
}

/** Reports the sources of a request as they were read. */
export function sourceReports({ promotions }: Request, states: readonly SourceState[]): SourceReport[] {
  return promotions.map(({ source }, index) => {
    const state = states[index]
    if (state === undefined) return { source }
    return state.kind === 'found' ? { source, image: state.image } : { source, isMissing: true }
  })
}

/** Reports each target of a request as not attempted. */
export function abandoned({ promotions }: Request, reason: string): TargetReport[] {
  return promotions.flatMap(({ source, targets }) =>
    targets.map(target => ({ target, source, outcome: 'not-attempted' as const, reason }))
  )
}

/** Tells whether a tag may point elsewhere than before the run, where it pointed to something. */
export function isDisplaced(
  report: TargetReport
): report is TargetReport & { readonly previousDigest: Digest } {
  const { outcome, digest, previousDigest } = report
  const isElsewhere = outcome === 'moved' || (outcome === 'failed' && digest !== previousDigest)
  return isElsewhere && previousDigest !== undefined
}

/** Tells whether a report is that of a write. */
export function isWrite({ outcome }: TargetReport): boolean {
  return outcome === 'created' || outcome === 'moved'
}

/** Tells whether anything was written, or would be: content, or a tag; of a failed write, as far as that is known. */
export function hasChanged({ targets, copied }: Report): boolean {
  const hasCopied = copied.manifests + copied.blobs + copied.mounted > 0
  return (
    hasCopied ||
    targets.some(
      report =>
        isWrite(report) ||
        report.outcome === 'superseded' ||
        (report.outcome === 'failed' &&
          report.digest !== undefined &&
          report.digest !== report.previousDigest)
    )
  )
}

/** Tells whether a run did all that was asked of it. */
export function isSuccessful(report: Report): boolean {
  const good: readonly Outcome[] = ['created', 'moved', 'unchanged', 'kept', 'skipped', 'superseded']
  return errorsOf(report).length === 0 && report.targets.every(({ outcome }) => good.includes(outcome))
}

/** Lists the targets that could not be put back. */
export function unrestoredTargets({ targets }: Report): TargetReport[] {
  return targets.filter(({ rollbackError }) => rollbackError !== undefined)
}

/** Lists the errors of a run: its own, those of the sources, of the targets, and last why tags could not be put back. */
export function errorsOf(report: Report): PromotionError[] {
  const { sources, targets } = report
  return [
    ...[report, ...sources, ...targets].flatMap(({ error }) => error ?? []),
    ...targets.flatMap(({ rollbackError }) => rollbackError ?? [])
  ]
}
