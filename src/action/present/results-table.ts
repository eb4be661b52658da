/** The table of a job summary: what happened to each tag, by image and repository. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import { formatReference } from '../../oci/reference.ts'
import type { Outcome, Report, TargetReport } from '../../promotion/report.ts'
import { type Group, groupsOf, nameWithin } from './groups.ts'
import { code, escapeMarkdown, table } from './markdown.ts'
import { nameOutcome, whyOf } from './outcomes.ts'

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

/** The longest reason in a cell, in UTF-16 code units; the report has all of it. */
const MAXIMUM_REASON = 300
const DIGEST = /\bsha(?:256:[a-f0-9]{64}|512:[a-f0-9]{128})\b/g

/**
 * Writes what happened to each tag; empty without targets. Each repository is named once: in the head where there is one alone,
 * else in a row of its own.
 */
export function resultsTable(report: Report): string {
  const groups = groupsOf(report)
  const [only, ...others] = groups
  const hasReasons = report.targets.some(target => whyOf(target) !== undefined)
  const name = only && others.length === 0 ? `tag of ${code(only.repository)}` : 'tag'
  const rows = groups.flatMap(group => [
    ...(others.length === 0 ? [] : [headRow(group, report)]),
    ...group.targets.map(target => rowOf(target, report))
  ])
  const width = hasReasons ? 5 : 4
  return table(
    ['outcome', name, 'before', 'after', 'why'].slice(0, width),
    rows.map(row => row.slice(0, width))
  )
}

/** The row that names a repository, and the image where there are several. */
function headRow(group: Group, { sources }: Report): string[] {
  const { error, isMissing } = group.source
  const problem = error ? code(error.code) : isMissing === true ? 'source not found' : ''
  const from = code(nameWithin(group).replace(DIGEST, shortened))
  const name = `**${code(group.repository)}**`
  return [problem, sources.length > 1 ? `${name}<br>from ${from}` : name, '', '', '']
}

function rowOf(targetReport: TargetReport, report: Report): string[] {
  const { target, outcome, digest, previousDigest, keeps } = targetReport
  const kept = keeps ? `<br>an earlier ${code(keeps.tag)}` : ''
  return [
    `${marks[outcome]} ${nameOutcome(outcome, report).replaceAll(' ', '&nbsp;')}`,
    `${code(target.tag)}${kept}`,
    cell(previousDigest),
    cell(digest),
    escapeMarkdown(reasonIn(whyOf(targetReport) ?? '', formatReference(target)))
  ]
}

/** A reason as a cell has room for it: the row names the tag, and digests are short. */
function reasonIn(reason: string, target: string): string {
  const text = (reason.startsWith(`${target} `) ? reason.slice(target.length + 1) : reason).replace(
    DIGEST,
    shortened
  )
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
