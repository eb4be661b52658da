/** Outcomes: the expected report of each step, and how it changes when a write fails. */
import type { Digest } from '../oci/digest.ts'
import type { PromotionError } from '../oci/errors.ts'
import { type Plan, type Step, isRefused, stepsOf } from './plan.ts'
import type { Verdict } from './policy.ts'
import { type TargetReport, isWrite } from './report.ts'

/** Reports a step's outcome if it is carried out and succeeds. */
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
    case 'overwrite':
      return { outcome: 'moved', digest: verdict.digest, reason: verdict.reason }
    case 'unchanged':
      return { outcome: 'unchanged', digest: verdict.digest, previousDigest: verdict.digest }
    case 'keep': {
      const { previous, reason, comparison } = verdict
      const held = { digest: previous, previousDigest: previous }
      return { outcome: 'kept', ...held, reason, ...(comparison && { comparison }) }
    }
    case 'skip':
      return { outcome: 'skipped', ...heldBy(verdict), reason: verdict.reason }
    case 'refuse':
      return refusal(verdict)
  }
}

function refusal({
  previous,
  error
}: Extract<Verdict, { kind: 'refuse' }>): Omit<TargetReport, 'target' | 'source'> {
  return { outcome: 'refused', ...heldBy({ previous }), reason: error.message, error }
}

/** What a tag points to that is left alone. */
function heldBy({ previous }: { readonly previous?: Digest | undefined }): Partial<TargetReport> {
  return previous === undefined ? {} : { digest: previous, previousDigest: previous }
}

/** Reports each step's outcome if every write of the plan succeeds. A plan with a refusal writes nothing. */
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

/** Why a tag could not be restored. */
export interface FailedRollback {
  readonly error: PromotionError
  /** What the tag points to now. */
  readonly now: Observed
  /** Whether the registry no longer has the image that it pointed to before. */
  readonly isGone: boolean
}

/** Turns the report of a write into that of one which could not be undone. */
export function rollbackFailed(report: TargetReport, { error, now, isGone }: FailedRollback): TargetReport {
  const { reason = 'moved' } = report
  const why = `could not be put back: ${error.message}; ${describe(now, report)}`
  return {
    ...holding(report, now?.digest),
    outcome: 'failed',
    reason: `${reason}, and ${why}`,
    rollbackError: error,
    ...(isGone && { isPreviousGone: true })
  }
}

/** Adds to the report of a write that nothing can be put back. */
export function irreversible(report: TargetReport): TargetReport {
  const { reason = report.outcome } = report
  return { ...report, reason: `${reason}; not put back, for the same reason` }
}

/** Turns the report of a write into that of a tag which another job has pointed elsewhere since; a failed write stays one. */
export function superseded(
  report: TargetReport,
  digest: Digest | undefined,
  { error, also = '' }: { readonly error?: PromotionError; readonly also?: string } = {}
): TargetReport {
  const what = digest === undefined ? 'deleted it' : `pointed it to ${digest}`
  const { reason = report.outcome } = report
  return {
    ...holding(report, digest),
    outcome: report.outcome === 'failed' ? 'failed' : 'superseded',
    reason: `${reason}; another job has ${what} since${also}`,
    ...(error && { error })
  }
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
