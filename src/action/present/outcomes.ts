/** Outcomes in words. */
import { type Outcome, type Report, type TargetReport, outcomes } from '../../promotion/report.ts'
import type { Comparison } from '../../promotion/version-metadata.ts'
import { counted } from './counted.ts'

/** The outcomes that need attention, the most serious first. */
const serious: readonly Outcome[] = ['failed', 'refused', 'restored', 'not-attempted', 'superseded']

const rules: Readonly<Record<Comparison['by'], string>> = {
  published: 'the versions that are published',
  version: 'the versions that the images state',
  created: 'the times when the images were created'
}

const byAttention = [...serious, ...outcomes.filter(outcome => !serious.includes(outcome))]

/** Tells whether somebody should look at an outcome. */
export function needsAttention({ outcome }: Pick<TargetReport, 'outcome'>): boolean {
  return serious.includes(outcome)
}

/** Tells how serious an outcome is, for sorting: 0 is the worst, all that need no attention are alike. */
export function rankOf({ outcome }: Pick<TargetReport, 'outcome'>): number {
  return serious.includes(outcome) ? serious.indexOf(outcome) : serious.length
}

/** Names an outcome; in a dry run what would be written is named so. */
export function nameOutcome(outcome: Outcome, { dryRun }: Pick<Report, 'dryRun'>): string {
  if (dryRun && (outcome === 'created' || outcome === 'moved')) return `would be ${outcome}`
  return outcome.replace('-', ' ')
}

/** Tells why a target has its outcome: its reason, and for `forward` which of its rules decided, with what it compared. */
export function whyOf({ outcome, reason, comparison }: TargetReport): string | undefined {
  const isDecided = outcome === 'moved' || outcome === 'kept'
  if (comparison === undefined || !isDecided) return reason
  return `${reason ?? `newer, because ${comparison.reason}`} (decided by ${rules[comparison.by]})`
}

/** Counts the outcomes of targets, what needs attention first: `1 failed, 2 created`. */
export function countOutcomes({ targets, dryRun }: Pick<Report, 'targets' | 'dryRun'>): string {
  return byAttention
    .flatMap(outcome => {
      const count = targets.filter(target => target.outcome === outcome).length
      return count === 0 ? [] : `${count.toString()} ${nameOutcome(outcome, { dryRun })}`
    })
    .join(', ')
}

/** Counts the outcomes of a run, of several images with their number: `3 images: 6 created, 3 moved`. */
export function countRun(report: Report): string {
  const counts = countOutcomes(report)
  const images = report.sources.length
  return images > 1 && counts !== '' ? `${counted(images, 'image')}: ${counts}` : counts
}
