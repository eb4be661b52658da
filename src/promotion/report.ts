/** The report: what became of each target, and whether the promotion succeeded. */
import { type Copied, nothingCopied } from './copy.ts'
import type { Digest } from '../oci/digest.ts'
import type { PromotionError } from '../oci/errors.ts'
import type { Manifest } from '../oci/manifest.ts'
import { type Plan, type Step, isRefused, stepsOf } from './plan.ts'
import type { Reference, Target } from '../oci/reference.ts'

/** What can become of a target (contract: *Outputs*). */
export const outcomes = [
  'created',
  'moved',
  'unchanged',
  'kept',
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
  readonly outcome: Outcome
  /** What the tag points to now; absent when it points to nothing or that is not known. */
  readonly digest?: Digest
  /** What it pointed to before the run. */
  readonly previousDigest?: Digest
  /** Why it is not created, moved or unchanged: one sentence. */
  readonly reason?: string
  /** The error behind `refused` and `failed`. */
  readonly error?: PromotionError
  /** The target whose earlier image this tag keeps. */
  readonly keeps?: Target
  /** Why the tag, which was moved or may have been, could not be put back: the worst that can be told. */
  readonly stuck?: PromotionError
  /** Whether the tag was kept because the image is older, which the user should know. */
  readonly isOlder?: boolean
}

/** What became of a whole run. */
export interface Report {
  readonly source?: Reference
  /** The promoted manifest; absent when the source was not read or not accepted. */
  readonly manifest?: Manifest
  /** The platforms of the manifest, as far as they are known. */
  readonly platforms?: readonly string[]
  /** Whether nothing was written because nothing was to be. */
  readonly dryRun?: boolean
  readonly targets: readonly TargetReport[]
  /** What was copied to other repositories, or would have been. */
  readonly copied?: Copied
  /** What was left behind there, one sentence each. */
  readonly warnings?: readonly string[]
  /** What ended the run before any target could be judged, or before any tag could be written. */
  readonly error?: PromotionError
}

/** Tells what will become of a step, if it is carried out and succeeds. */
export function expectation({ target, digest, verdict, keeps }: Step): TargetReport {
  const about = { target, ...(keeps && { keeps }) }
  switch (verdict.kind) {
    case 'create':
      return { ...about, outcome: 'created', digest }
    case 'move':
      return { ...about, outcome: 'moved', digest, previousDigest: verdict.previous }
    case 'unchanged':
      return { ...about, outcome: 'unchanged', digest, previousDigest: digest }
    case 'keep': {
      const { previous, by, reason } = verdict
      const held = { digest: previous, previousDigest: previous }
      return { ...about, outcome: 'kept', ...held, reason, ...(by === 'forward' && { isOlder: true }) }
    }
    case 'refuse': {
      const { previous, error } = verdict
      const held = previous && { digest: previous, previousDigest: previous }
      return { ...about, outcome: 'refused', ...held, reason: error.message, error }
    }
  }
}

/** Tells what will become of each step if every write of the plan succeeds. A plan with a refusal writes nothing. */
export function preview(intended: Plan): TargetReport[] {
  const refused = isRefused(intended)
  return stepsOf(intended).map(step => {
    const expected = expectation(step)
    return refused && isWrite(expected)
      ? notAttempted(expected, 'nothing was written, because another target was refused')
      : expected
  })
}

/** Tells what becomes of each step when the image could not be copied to where it is wanted: no tag is written. */
export function previewUncopied(intended: Plan): TargetReport[] {
  return preview(intended).map(expected =>
    isWrite(expected)
      ? notAttempted(expected, 'not written, because the image could not be copied to every repository')
      : expected
  )
}

/** Turns the expected report of a write into that of a write which was never begun. */
export function notAttempted(expected: TargetReport, reason: string): TargetReport {
  return { ...holding(expected, expected.previousDigest), outcome: 'not-attempted', reason }
}

/** What a tag holds after a write of which it is not known whether it was done. */
export type Found = { readonly digest: Digest | undefined } | undefined

/** Turns the expected report of a write into that of a write which failed; `found` is what the tag holds since, absent when unknown. */
export function failed(expected: TargetReport, error: PromotionError, found: Found): TargetReport {
  const reason = `${error.message}; ${describe(found, expected)}`
  return { ...holding(expected, found?.digest), outcome: 'failed', reason, error }
}

/** Turns the report of a write into that of one which was undone; a failed write stays one. */
export function restored(report: TargetReport): TargetReport {
  const { reason = 'moved', previousDigest } = report
  const outcome = report.outcome === 'failed' ? 'failed' : 'restored'
  return {
    ...holding(report, previousDigest),
    outcome,
    reason: `${reason}, and put back, because not everything was written`
  }
}

/** Turns the report of a write into that of one which could not be undone. */
export function stuck(report: TargetReport, error: PromotionError, found: Found): TargetReport {
  const { reason = 'moved' } = report
  const why = `could not be put back: ${error.message}; ${describe(found, report)}`
  return {
    ...holding(report, found?.digest),
    outcome: 'failed',
    reason: `${reason}, and ${why}`,
    stuck: error
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
export function hasChanged({ targets, copied = nothingCopied }: Report): boolean {
  const hasCopied = copied.manifests + copied.blobs + copied.mounted > 0
  return (
    hasCopied ||
    targets.some(
      report =>
        isWrite(report) ||
        (report.outcome === 'failed' &&
          report.digest !== undefined &&
          report.digest !== report.previousDigest)
    )
  )
}

/** Tells whether a run did all that was asked of it. */
export function isSuccessful({ error, targets }: Report): boolean {
  const good: readonly Outcome[] = ['created', 'moved', 'unchanged', 'kept']
  return error === undefined && targets.every(({ outcome }) => good.includes(outcome))
}

/** Lists the targets that could not be put back. */
export function stuckTargets({ targets }: Report): TargetReport[] {
  return targets.filter(target => target.stuck !== undefined)
}

/** Lists the errors that ended the run: what could not be put back first, then the run's own, or those of the targets. */
export function errorsOf(report: Report): PromotionError[] {
  const { targets } = report
  return [
    ...targets.flatMap(target => target.stuck ?? []),
    ...[report, ...targets].flatMap(({ error }) => error ?? [])
  ]
}

/** What a report says, but that the tag holds something else. */
function holding(report: TargetReport, digest: Digest | undefined): TargetReport {
  const { digest: former, ...rest } = report
  if (former === digest) return report
  return digest === undefined ? rest : { ...rest, digest }
}

function describe(found: Found, { previousDigest }: TargetReport): string {
  if (found === undefined) return 'what the tag points to now is not known'
  if (found.digest === undefined) return 'the tag does not exist now'
  return found.digest === previousDigest
    ? 'the tag points to what it did before'
    : `the tag points to ${found.digest} now`
}
