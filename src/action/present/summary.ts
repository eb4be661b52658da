/** The job summary: a report as GitHub's Markdown. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import type { PromotionError } from '../../oci/errors.ts'
import { describeManifest } from '../../oci/manifest.ts'
import { formatReference } from '../../oci/reference.ts'
import {
  type Outcome,
  type Report,
  type SourceReport,
  type TargetReport,
  errorsOf,
  isSuccessful,
  unrestoredTargets
} from '../../promotion/report.ts'
import { code, escapeMarkdown, folded, table } from './markdown.ts'
import { copiedOf } from './copied.ts'
import { fitting } from './truncate.ts'
import { countOutcomes } from './outcomes.ts'
import { actionName, rollbackOf } from './rollback.ts'
import { rotationsOf } from './rotations.ts'

const marks: Readonly<Record<Outcome, string>> = {
  created: '🆕 created',
  moved: '✅ moved',
  unchanged: '🟰 unchanged',
  kept: '📌 kept',
  skipped: '⏭️ skipped',
  superseded: '⏩ superseded',
  refused: '⛔ refused',
  failed: '❌ failed',
  restored: '↩️ restored',
  'not-attempted': '⏸️ not attempted'
}

/** Writes the summary of a report. `action` is how a workflow calls Retag: `retag/retag@v1`. */
export function summaryOf(report: Report, action = actionName({})): string {
  return fitting([
    { rank: 0, text: `## ${headingOf(report)}` },
    { rank: 1, text: alarm(report) },
    { rank: 2, text: report.sources.map(sourceOf).join('\n\n') },
    { rank: 3, text: errorsOf(report).slice(0, 1).map(explain).join('') },
    { rank: 6, text: outcomesOf(report) },
    { rank: 4, text: copiedOf(report) },
    { rank: 7, text: rotationsOf(report) },
    { rank: 5, text: rollbackOf(report, action) },
    { rank: 8, text: digestsOf(report) }
  ])
}

function headingOf(report: Report): string {
  const counts = countOutcomes(report)
  const dry = report.dryRun ? ' (dry run, nothing was written)' : ''
  if (isSuccessful(report)) return `Retag: ${counts}${dry}`
  return `Retag failed${counts === '' ? '' : `: ${counts}`}${dry}`
}

/** Says loudest what is worst: a tag that is not as it was, and should be. */
function alarm(report: Report): string {
  const stuck = unrestoredTargets(report)
  if (stuck.length === 0) return ''
  const lines = stuck.map(
    ({ target, digest, previousDigest }) =>
      `> - ${code(formatReference(target))} was ${cell(previousDigest)} and is now ${digest ? cell(digest) : 'not known'}`
  )
  return [
    '> [!CAUTION]',
    '> **A write failed, and these tags could not be put back. Look at them before anybody uses them.**',
    '>',
    ...lines
  ].join('\n')
}

function sourceOf({ reference, image }: SourceReport): string {
  const found =
    image && `: ${code(image.manifest.digest)} (${escapeMarkdown(describeManifest(image.manifest))})`
  return `Source ${code(formatReference(reference))}${found ?? ''}`
}

function explain({ code: errorCode, message, advice = '' }: PromotionError): string {
  const lines = message.split('\n').map(escapeMarkdown).join('<br>')
  return `> **${code(errorCode)}** ${lines}${advice === '' ? '' : `\n>\n> ${escapeMarkdown(advice)}`}`
}

function outcomesOf({ targets }: Report): string {
  return table(
    ['tag', 'before', 'after', 'outcome'],
    targets.map(({ target, previousDigest, digest, outcome, reason, keeps }: TargetReport) => {
      const kept = keeps ? `<br>an earlier ${code(keeps.tag)}` : ''
      const why = reason === undefined ? '' : `<br>${escapeMarkdown(reason)}`
      const name = `${code(formatReference(target))}${kept}`
      return [name, cell(previousDigest), cell(digest), `${marks[outcome]}${why}`]
    })
  )
}

function digestsOf({ targets }: Report): string {
  const full = targets.filter(({ digest, previousDigest }) => digest ?? previousDigest)
  const rows = full.map(({ target, previousDigest, digest }) => [
    code(formatReference(target)),
    previousDigest ? code(previousDigest) : '–',
    digest ? code(digest) : '–'
  ])
  return folded('Digests in full', table(['tag', 'before', 'after'], rows))
}

function cell(digest: Digest | undefined): string {
  return digest === undefined ? '–' : code(shortDigest(digest))
}
