/** Outcomes in words. */
import { type Report, outcomes } from '../../promotion/report.ts'

/** Counts the outcomes of a report in words: `2 created, 1 unchanged`. */
export function countOutcomes({ targets }: Report): string {
  const counts = outcomes.map(outcome => ({
    outcome,
    count: targets.filter(target => target.outcome === outcome).length
  }))
  return counts
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count.toString()} ${outcome.replace('-', ' ')}`)
    .join(', ')
}
