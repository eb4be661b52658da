/** The table of a job summary: what happened to each tag, by image and repository. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import { formatReference } from '../../oci/reference.ts'
import type { Outcome, Report, TargetReport } from '../../promotion/report.ts'
import { type Group, groupsOf, nameWithin } from './groups.ts'
import { code, escapeMarkdown, folded, table } from './markdown.ts'
import { countOutcomes, nameOutcome, needsAttention, whyOf } from './outcomes.ts'

const marks: Readonly<Record<Outcome, string>> = {
  created: '🆕',
  moved: '✅',
  unchanged: '🟰',
  kept: '📌',
  skipped: '⏭️',
  superseded: '⏩',
  refused: '⛔',
  failed: '❌',
  restored: '↩️',
  'not-attempted': '⏸️'
}

/** The most rows of a table that is not folded. */
const LONG_TABLE = 40

/** The longest reason in a cell, in UTF-16 code units; the report has all of it. */
const MAXIMUM_REASON = 300
/** The request that an error message ends with, `(PUT https://ghcr.io/v2/… → status 403)`. */
const REQUEST = / \([A-Z]+ \S+ → status \d+\)/g
const DIGEST = /\bsha(?:256:[a-f0-9]{64}|512:[a-f0-9]{128})\b/g

/** The tables of a summary. */
export interface ResultTables {
  /** What is seen at once; empty without targets. */
  readonly open: string
  /** Folded away: of a long table, the repositories whose tags need no attention. */
  readonly rest: string
}

/**
 * Writes what happened to each tag. Each repository is named once: in the head where there is one alone, else in a row of its
 * own; so is the source.
 */
export function resultTables(report: Report): ResultTables {
  const groups = groupsOf(report)
  const isGrouped = groups.length > 1
  const isLong = isGrouped && groups.length + report.targets.length > LONG_TABLE
  const open = groups.filter(group => !isLong || isSerious(group))
  const rest = groups.filter(group => !open.includes(group))
  const targets = rest.flatMap(group => group.targets)
  const title = `${open.length > 0 ? 'The other tags' : 'All tags'}: ${countOutcomes({ ...report, targets })}`
  return {
    open: tableOf(open, report, isGrouped),
    rest: folded(title, tableOf(rest, report, isGrouped))
  }
}

function isSerious({ source, targets }: Group): boolean {
  return source.error !== undefined || source.isMissing === true || targets.some(needsAttention)
}

function tableOf(groups: readonly Group[], report: Report, isGrouped: boolean): string {
  const names = new Set(report.sources.length > 1 ? groups.map(nameSource) : [])
  const targets = groups.flatMap(group => group.targets)
  const rows = groups.flatMap(group => [
    ...(isGrouped ? [headRow(group, names.size > 1)] : []),
    ...group.targets.map(target => rowOf(target, report))
  ])
  const where = isGrouped ? '' : groups.map(({ repository }) => ` of ${code(repository)}`).join('')
  const from = names.size === 1 ? `, from ${[...names].join('')}` : ''
  const width = targets.some(target => whyOf(target) !== undefined) ? 5 : 4
  return table(
    ['outcome', `tag${where}${from}`, 'before', 'after', 'why'].slice(0, width),
    rows.map(row => row.slice(0, width))
  )
}

function nameSource(group: Group): string {
  return code(nameWithin(group).replace(DIGEST, shortened))
}

/** The row that names a repository, and the image where they have different names. */
function headRow(group: Group, isSourceNamed: boolean): string[] {
  const { error, isMissing } = group.source
  const problem = error ? code(error.code) : isMissing === true ? 'source not found' : ''
  const name = `**${code(group.repository)}**`
  return [problem, isSourceNamed ? `${name}<br>from ${nameSource(group)}` : name, '', '', '']
}

function rowOf(targetReport: TargetReport, report: Report): string[] {
  const { target, outcome, digest, previousDigest, keeps } = targetReport
  const kept = keeps ? `<br>an earlier ${code(keeps.tag)}` : ''
  return [
    `${marks[outcome]} ${nameOutcome(outcome, report)}`.replaceAll(' ', '&nbsp;'),
    `${code(target.tag)}${kept}`,
    cell(previousDigest),
    cell(digest),
    escapeMarkdown(reasonIn(whyOf(targetReport) ?? '', formatReference(target)))
  ]
}

/** A reason as a cell has room for it: the row names the tag, the alert the request, and digests are short. */
function reasonIn(reason: string, target: string): string {
  const start = [`${target} `, `tagging ${target}: `, `reading the target ${target}: `].find(words =>
    reason.startsWith(words)
  )
  const text = reason
    .slice(start?.length ?? 0)
    .replace(REQUEST, '')
    .replace(DIGEST, shortened)
  return text.length <= MAXIMUM_REASON
    ? text
    : `${text.slice(0, MAXIMUM_REASON).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function shortened(digest: string): string {
  return shortDigest(digest as Digest)
}

function cell(digest: Digest | undefined): string {
  return digest === undefined ? '–' : code(shortDigest(digest).replace(/^sha256:/, ''))
}
