/** The report: what became of each target, and whether the promotion succeeded. */
import type { Digest } from './digest.ts'
import type { PromotionError } from './errors.ts'
import type { Manifest } from './manifest.ts'
import { type Plan, type Step, isRefused } from './plan.ts'
import type { Reference, Target } from './reference.ts'

/** What became of a target (contract: *Outputs*). */
export type Outcome = 'created' | 'moved' | 'unchanged' | 'refused' | 'failed' | 'not-attempted'

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
}

/** What became of a whole run. */
export interface Report {
  readonly source?: Reference
  /** The promoted manifest; absent when the source was not read or not accepted. */
  readonly manifest?: Manifest
  readonly targets: readonly TargetReport[]
  /** What ended the run before any target could be judged. */
  readonly error?: PromotionError
}

/** Tells what will become of each target if every write of the plan succeeds. A plan with a refusal writes nothing. */
export function preview(intended: Plan): TargetReport[] {
  const refused = isRefused(intended)
  return intended.steps.map(step => {
    const expected = expect(step, intended)
    return refused && isWrite(expected)
      ? notAttempted(expected, 'nothing was written, because another target was refused')
      : expected
  })
}

/** Turns the expected report of a write into that of a write which was never begun. */
export function notAttempted({ target, previousDigest }: TargetReport, reason: string): TargetReport {
  return {
    target,
    outcome: 'not-attempted',
    ...(previousDigest && { digest: previousDigest, previousDigest }),
    reason
  }
}

/** Turns the expected report of a write into that of a write which failed; what the tag holds now is not known. */
export function failed({ target, previousDigest }: TargetReport, error: PromotionError): TargetReport {
  return {
    target,
    outcome: 'failed',
    ...(previousDigest && { previousDigest }),
    reason: error.message,
    error
  }
}

/** Tells whether a report is that of a write. */
export function isWrite({ outcome }: TargetReport): boolean {
  return outcome === 'created' || outcome === 'moved'
}

/** Tells whether anything was written. */
export function hasChanged(report: Report): boolean {
  return report.targets.some(isWrite)
}

/** Tells whether a run did all that was asked of it. */
export function isSuccessful(report: Report): boolean {
  return (
    report.error === undefined &&
    report.targets.every(target => isWrite(target) || target.outcome === 'unchanged')
  )
}

/** Lists the errors that ended the run: its own, or those of the targets refused and failed. */
export function errorsOf(report: Report): PromotionError[] {
  return [report, ...report.targets].flatMap(({ error }) => error ?? [])
}

function expect({ target, verdict }: Step, { source: { digest } }: Plan): TargetReport {
  switch (verdict.kind) {
    case 'create':
      return { target, outcome: 'created', digest }
    case 'move':
      return { target, outcome: 'moved', digest, previousDigest: verdict.previous }
    case 'unchanged':
      return { target, outcome: 'unchanged', digest, previousDigest: digest }
    case 'refuse':
      return { target, outcome: 'refused', reason: verdict.error.message, error: verdict.error }
  }
}
