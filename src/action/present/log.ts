/** The log of a run, as lines: what is waited for, what was found, what is planned, and what was done, one line a target. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import { formatDuration } from '../../promotion/duration.ts'
import type { PromotionError } from '../../oci/errors.ts'
import { describeManifest } from '../../oci/manifest.ts'
import { type Plan, isRefused, stepsOf } from '../../promotion/plan.ts'
import type { Request } from '../../promotion/request.ts'
import type { Verdict } from '../../promotion/policy.ts'
import { type Reference, formatReference } from '../../oci/reference.ts'
import type { SourceState } from '../../promotion/snapshot.ts'
import { type Report, type TargetReport, isSuccessful } from '../../promotion/report.ts'
import { copyLine } from './copied.ts'
import { countOutcomes } from './outcomes.ts'

/** From how many lines on a list is folded into a group. */
export const LONG_LIST = 20

const intentions: Readonly<Record<Verdict['kind'], string>> = {
  create: 'to create',
  move: 'to move',
  unchanged: 'up to date',
  keep: 'to keep',
  skip: 'to skip',
  refuse: 'refused'
}

/** Tells what is still missing, and how long it is waited for. */
export function waitLines(missing: readonly PromotionError[], left: number): string[] {
  return missing.map(({ message }) => `Waiting up to ${formatDuration(left)} more: ${message}`)
}

/** Tells what was found, and what is planned. */
export function planLines({ promotions }: Request, intended: Plan): string[] {
  const kinds = stepsOf(intended).map(({ verdict }) => verdict.kind)
  const counts = Object.entries(intentions).flatMap(([kind, intention]) => {
    const count = kinds.filter(each => each === kind).length
    return count === 0 ? [] : `${count.toString()} ${intention}`
  })
  const end = isRefused(intended) ? '; so nothing is written' : ''
  return [
    ...promotions.flatMap(({ source }, index) => sourceLines(source, intended.sources[index])),
    `Plan: ${counts.join(', ')}${end}`,
    ...(isRefused(intended) ? [] : intended.copies.map(copyLine))
  ]
}

/** Tells what became of each target, one line each; before them names a source that never came to be planned with. */
export function outcomeLines({ sources, targets }: Report): string[] {
  const unread = sources.flatMap(({ reference, image }) =>
    image ? [] : `Source ${formatReference(reference)}`
  )
  return [...unread, ...targets.map(lineOf)]
}

/** Tells how the run ended. */
export function endLine(report: Report): string {
  const counts = countOutcomes(report)
  const end = report.dryRun ? 'Dry run, nothing was written' : 'Done'
  if (isSuccessful(report)) return `${end}: ${counts}`
  return counts === '' ? 'Failed' : `Failed: ${counts}`
}

function sourceLines(reference: Reference, state: SourceState | undefined): string[] {
  const name = `Source ${formatReference(reference)}`
  if (state?.kind !== 'found') return [name, '  does not exist']
  const { manifest } = state.image
  return [name, `  ${manifest.digest}`, `  ${describeManifest(manifest)}`]
}

function lineOf({ target, outcome, digest, previousDigest, reason, keeps }: TargetReport): string {
  const change =
    outcome === 'moved' ? `${short(previousDigest)} → ${short(digest)}` : (reason ?? short(digest))
  const kept = keeps === undefined ? '' : `  (an earlier ${keeps.tag})`
  return `${outcome.padEnd('not-attempted'.length)} ${formatReference(target)}  ${change}${kept}`
}

function short(digest: Digest | undefined): string {
  return digest === undefined ? '' : shortDigest(digest)
}
