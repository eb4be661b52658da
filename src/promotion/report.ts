/** The report: what became of each target, and whether the run succeeded. */
import type { Digest } from '../oci/digest.ts'
import type { PromotionError } from '../oci/errors.ts'
import type { Reference, Target } from '../oci/reference.ts'
import { type Copied, nothingCopied } from './copy.ts'
import { type Plan, type Step, isRefused, stepsOf } from './plan.ts'
import type { Verdict } from './policy.ts'
import type { Request } from './request.ts'
import type { SourceImage, SourceState } from './snapshot.ts'
import type { Comparison } from './version-metadata.ts'

/** What can become of a target (contract: *Outputs*). */
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

/** What became of a target: one of {@link outcomes}. */
export type Outcome = (typeof outcomes)[number]

/** What became of one target. */
export interface TargetReport {
  readonly target: Target
  /** The source of the promotion that the target belongs to. */
  readonly source: Reference
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
  /** Why the tag, which was moved or may have been, could not be put back: the most serious that can be reported. */
  readonly rollbackError?: PromotionError
  /** How `forward` compared the two images, where it decided. */
  readonly comparison?: Comparison
}

/** What became of one source. */
export interface SourceReport {
  readonly reference: Reference
  /** Absent where it was not read, or does not meet the requirements. */
  readonly image?: SourceImage
  /** Whether it does not exist, and `if-missing: skip` allows that. */
  readonly isMissing?: boolean
  /** Why it cannot be promoted. */
  readonly error?: PromotionError
}

/** What became of a whole run. */
export interface Report {
  /** In the order of the request; empty where the inputs could not be read. */
  readonly sources: readonly SourceReport[]
  /** Whether nothing was written because nothing was to be. */
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
  return promotions.map(({ source: reference }, index) => {
    const state = states[index]
    if (state === undefined) return { reference }
    return state.kind === 'found' ? { reference, image: state.image } : { reference, isMissing: true }
  })
}

/** Reports each target of a request as not attempted. */
export function abandoned({ promotions }: Request, reason: string): TargetReport[] {
  return promotions.flatMap(({ source, targets }) =>
    targets.map(target => ({ target, source, outcome: 'not-attempted' as const, reason }))
  )
}

/** Reports what a step comes to, if it is carried out and succeeds. */
export function expectation({ target, source, verdict, keeps }: Step): TargetReport {
  return { target, source, ...(keeps && { keeps }), ...outcomeOf(verdict) }
}

function outcomeOf(verdict: Verdict): Omit<TargetReport, 'target' | 'source'> {
  switch (verdict.kind) {
    case 'create':
      return { outcome: 'created', digest: verdict.digest }
    case 'move': {
      const { digest, previous, comparison } = verdict
      return { outcome: 'moved', digest, previousDigest: previous, ...(comparison && { comparison }) }
    }
    case 'unchanged':
      return { outcome: 'unchanged', digest: verdict.digest, previousDigest: verdict.digest }
    case 'keep': {
      const { previous, reason, comparison } = verdict
      const held = { digest: previous, previousDigest: previous }
      return { outcome: 'kept', ...held, reason, ...(comparison && { comparison }) }
    }
    case 'skip':
      return { outcome: 'skipped', reason: verdict.reason }
    case 'refuse': {
      const { previous, error } = verdict
      const held = previous && { digest: previous, previousDigest: previous }
      return { outcome: 'refused', ...held, reason: error.message, error }
    }
  }
}

/** Reports what each step comes to if every write of the plan succeeds. A plan with a refusal writes nothing. */
export function preview(plan: Plan): TargetReport[] {
  const refused = isRefused(plan)
  return stepsOf(plan).map(step => {
    const expected = expectation(step)
    return refused && isWrite(expected)
      ? notAttempted(expected, 'not written, because another target was refused')
      : expected
  })
}

/** Reports each step when an image could not be copied to where it is wanted: no tag is written. */
export function previewUncopied(plan: Plan): TargetReport[] {
  return preview(plan).map(expected =>
    isWrite(expected)
      ? notAttempted(expected, 'not written, because not every image could be copied')
      : expected
  )
}

/** Turns the expected report of a write into that of a write which was never begun. */
export function notAttempted(expected: TargetReport, reason: string): TargetReport {
  return { ...holding(expected, expected.previousDigest), outcome: 'not-attempted', reason }
}

/** What a tag holds when it was looked at again; undefined where the registry did not tell. */
export type Observed = { readonly digest: Digest | undefined } | undefined

/** Turns the expected report of a write into that of a write which failed. */
export function failed(expected: TargetReport, error: PromotionError, now: Observed): TargetReport {
  const reason = `${error.message}; ${describe(now, expected)}`
  return { ...holding(expected, now?.digest), outcome: 'failed', reason, error }
}

/** Turns the report of a write into that of one which was undone; a failed write stays one. */
export function restored(report: TargetReport): TargetReport {
  const { reason = 'moved', previousDigest } = report
  const outcome = report.outcome === 'failed' ? 'failed' : 'restored'
  return {
    ...holding(report, previousDigest),
    outcome,
    reason: `${reason}, and put back, because another write failed`
  }
}

/** Turns the report of a write into that of one which could not be undone. */
export function rollbackFailed(report: TargetReport, error: PromotionError, now: Observed): TargetReport {
  const { reason = 'moved' } = report
  const why = `could not be put back: ${error.message}; ${describe(now, report)}`
  return {
    ...holding(report, now?.digest),
    outcome: 'failed',
    reason: `${reason}, and ${why}`,
    rollbackError: error
  }
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

/** Lists the errors of a run: what could not be put back first, then the run's own, those of the sources, of the targets. */
export function errorsOf(report: Report): PromotionError[] {
  const { sources, targets } = report
  return [
    ...targets.flatMap(({ rollbackError }) => rollbackError ?? []),
    ...[report, ...sources, ...targets].flatMap(({ error }) => error ?? [])
  ]
}

/** What a report says, but that the tag holds something else. */
function holding(report: TargetReport, digest: Digest | undefined): TargetReport {
  const { digest: former, ...rest } = report
  if (former === digest) return report
  return digest === undefined ? rest : { ...rest, digest }
}

function describe(now: Observed, { previousDigest }: TargetReport): string {
  if (now === undefined) return 'what the tag points to now is not known'
  if (now.digest === undefined) return 'the tag does not exist now'
  return now.digest === previousDigest
    ? 'the tag still points to what it did before'
    : `the tag now points to ${now.digest}`
}
