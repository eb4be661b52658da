/** The job summary: a report as GitHub's Markdown. */
import { type Digest, shortDigest } from '../core/digest.ts'
import { describeManifest } from '../core/manifest.ts'
import { formatReference } from '../core/reference.ts'
import { type Outcome, type Report, type TargetReport, errorsOf, isSuccessful } from '../core/report.ts'
import { code, escapeMarkdown } from './markdown.ts'

const marks: Readonly<Record<Outcome, string>> = {
  created: '🆕 created',
  moved: '✅ moved',
  unchanged: '🟰 unchanged',
  refused: '⛔ refused',
  failed: '❌ failed',
  'not-attempted': '⏸️ not attempted'
}

/** Writes the summary of a report. */
export function summaryOf(report: Report): string {
  const parts = [
    `## ${headingOf(report)}`,
    sourceOf(report),
    ...errorsOf(report).slice(0, 1).map(explain),
    tableOf(report)
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

/** Counts the outcomes of a report in words: `2 created, 1 unchanged`. */
export function countOutcomes({ targets }: Report): string {
  const outcomes = Object.keys(marks) as Outcome[]
  const counts = outcomes.map(outcome => ({
    outcome,
    count: targets.filter(target => target.outcome === outcome).length
  }))
  return counts
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count.toString()} ${outcome.replace('-', ' ')}`)
    .join(', ')
}

function headingOf(report: Report): string {
  const counts = countOutcomes(report)
  if (isSuccessful(report)) return `Retag: ${counts}`
  return `Retag failed${counts === '' ? '' : `: ${counts}`}`
}

function sourceOf({ source, manifest }: Report): string {
  if (source === undefined) return ''
  const found = manifest && `: ${code(manifest.digest)} (${escapeMarkdown(describeManifest(manifest))})`
  return `Source ${code(formatReference(source))}${found ?? ''}`
}

function explain({
  code: errorCode,
  message,
  advice = ''
}: {
  code: string
  message: string
  advice?: string | undefined
}): string {
  const lines = message.split('\n').map(escapeMarkdown).join('<br>')
  return `> **${code(errorCode)}** ${lines}${advice === '' ? '' : `\n>\n> ${escapeMarkdown(advice)}`}`
}

function tableOf({ targets }: Report): string {
  if (targets.length === 0) return ''
  return ['| tag | before | after | outcome |', '|---|---|---|---|', ...targets.map(rowOf)].join('\n')
}

function rowOf({ target, outcome, digest, previousDigest, reason }: TargetReport): string {
  const why = reason === undefined ? '' : `<br>${escapeMarkdown(reason)}`
  return `| ${code(formatReference(target))} | ${cell(previousDigest)} | ${cell(digest)} | ${marks[outcome]}${why} |`
}

function cell(digest: Digest | undefined): string {
  return digest === undefined ? '–' : code(shortDigest(digest))
}
