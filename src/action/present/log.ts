/** The log of a run: what is waited for, what was found, what is planned, and what was done, one line a target. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import { formatDuration } from '../../promotion/duration.ts'
import type { PromotionError } from '../../oci/errors.ts'
import { describeManifest } from '../../oci/manifest.ts'
import { type Plan, isRefused, stepsOf } from '../../promotion/plan.ts'
import type { Request } from '../../promotion/request.ts'
import type { Verdict } from '../../promotion/policy.ts'
import { formatReference } from '../../oci/reference.ts'
import type { SourceState } from '../../promotion/snapshot.ts'
import { type Source, formatSource, referencesOf } from '../../promotion/source.ts'
import { type Report, type TargetReport, isSuccessful } from '../../promotion/report.ts'
import { copyLine } from './copied.ts'
import { counted } from './counted.ts'
import { groupsOf } from './groups.ts'
import { countOutcomes, countRun, nameOutcome, needsAttention, whyOf } from './outcomes.ts'
import { shortened } from './presentable.ts'

/** The most lines of a list that is not folded into groups. */
const LONG_LIST = 20

/** The width of the longest outcome in words. */
const WIDTH = 'not attempted'.length
const DRY_WIDTH = 'would be created'.length

/** Lines of the log; with a title they are folded into a group that bears it. */
export interface Section {
  readonly title?: string
  readonly lines: readonly string[]
}

const intentions: Readonly<Record<Verdict['kind'], string>> = {
  create: 'to create',
  move: 'to move',
  overwrite: 'to write without reading them',
  unchanged: 'up to date',
  keep: 'to keep',
  skip: 'to skip',
  refuse: 'refused'
}

/** Tells what is still missing, and how long it is waited for. */
export function waitLines(missing: readonly PromotionError[], left: number): string[] {
  return missing.map(({ message }) => `Waiting up to ${formatDuration(left)} more: ${message}`)
}

/** Tells what was found; of many images in a group. */
export function sourceSection({ promotions }: Request, { sources }: Plan): Section {
  const lines = promotions.flatMap(({ source }, index) => sourceLines(source, sources[index]))
  return lines.length > LONG_LIST ? { title: counted(promotions.length, 'image'), lines } : { lines }
}

/** Tells what is planned. */
export function planLines(intended: Plan): string[] {
  const kinds = stepsOf(intended).map(({ verdict }) => verdict.kind)
  const counts = Object.entries(intentions).flatMap(([kind, intention]) => {
    const count = kinds.filter(each => each === kind).length
    return count === 0 ? [] : `${count.toString()} ${intention}`
  })
  if (isRefused(intended)) return [`Plan: ${counts.join(', ')}; nothing will be written`]
  return [`Plan: ${counts.join(', ')}`, ...intended.copies.map(copyLine)]
}

/**
 * Tells what happened to each target, one line each. A long list is folded: that of one image into one group, that of several into a
 * group for each image and repository, but for those that need attention.
 */
export function outcomeSections(report: Report): Section[] {
  const { sources, targets, dryRun } = report
  const unread = sources.flatMap(({ source, image }) => (image ? [] : `Source ${formatSource(source)}`))
  const lines = targets.map(target => lineOf(target, report))
  if (unread.length + lines.length <= LONG_LIST) return [{ lines: [...unread, ...lines] }]
  if (sources.length === 1)
    return [{ lines: unread }, { title: `${lines.length.toString()} tags: ${countOutcomes(report)}`, lines }]
  return groupsOf(report).map(({ repository, source, targets: own }) => {
    const title = `${formatSource(source.source)} to ${repository}: ${countOutcomes({ targets: own, dryRun })}`
    const ownLines = own.map(target => lineOf(target, report))
    return own.some(needsAttention) ? { lines: [title, ...ownLines] } : { title, lines: ownLines }
  })
}

/** Tells how the run ended. */
export function endLine(report: Report): string {
  const counts = countRun(report)
  const end = isSuccessful(report) ? 'Done' : 'Failed'
  const dry = isSuccessful(report) ? 'Dry run, nothing was written' : 'Dry run failed, nothing was written'
  return `${report.dryRun ? dry : end}${counts === '' ? '' : `: ${counts}`}`
}

function sourceLines(source: Source, state: SourceState | undefined): string[] {
  const [name, ...others] = referencesOf(source).map(formatReference)
  const names = [`Source ${name}`, ...others.map(other => `     + ${other}`)]
  if (state?.kind !== 'found') return [...names, '  does not exist']
  const { manifest } = state.image
  return [...names, `  ${manifest.digest}`, `  ${shortened(describeManifest(manifest))}`]
}

function lineOf(report: TargetReport, { dryRun }: Report): string {
  const { target, outcome, keeps } = report
  const kept = keeps === undefined ? '' : `  (an earlier ${keeps.tag})`
  const words = nameOutcome(outcome, { dryRun }).padEnd(dryRun ? DRY_WIDTH : WIDTH)
  return `${words} ${formatReference(target)}  ${changeOf(report)}${kept}`
}

function changeOf(report: TargetReport): string {
  const { outcome, digest, previousDigest } = report
  const why = whyOf(report)
  if (outcome !== 'moved' || previousDigest === undefined) return why ?? short(digest)
  return `${short(previousDigest)} → ${short(digest)}${why === undefined ? '' : `, ${why}`}`
}

function short(digest: Digest | undefined): string {
  return digest === undefined ? '' : shortDigest(digest)
}
