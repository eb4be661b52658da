/** The job summary: a report as GitHub's Markdown. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import { listFirst } from '../../oci/listing.ts'
import { describeManifest } from '../../oci/manifest.ts'
import { type Reference, formatReference, formatRepository } from '../../oci/reference.ts'
import { type Report, type SourceReport, type TargetReport, isSuccessful } from '../../promotion/report.ts'
import { type Source, formatSource, homeOf, isWithin, referencesOf } from '../../promotion/source.ts'
import { copiedOf } from './copied.ts'
import { counted } from './counted.ts'
import { code, codeBlock, escapeMarkdown, folded } from './markdown.ts'
import { countOutcomes } from './outcomes.ts'
import { shortened } from './presentable.ts'
import { problemsOf } from './problems.ts'
import { resultTables } from './results-table.ts'
import { type StepSettings, actionName, rollbackOf } from './rollback.ts'
import { rotationsOf } from './rotations.ts'
import { fitting } from './truncate.ts'

/** The most of what a manifest is in words: an index may name thousands of platforms. */
const MAXIMUM_DESCRIPTION = 500
const NAMED_IMAGES = 3
const NAMED_PARTS = 10

/** Writes the summary of a report. */
export function summaryOf(report: Report, settings: StepSettings = { action: actionName({}) }): string {
  const tables = resultTables(report)
  return fitting([
    { rank: 0, text: `## ${headingOf(report)}` },
    { rank: 1, text: problemsOf(report) },
    { rank: 2, text: onlySourceOf(report) },
    { rank: 4, text: tables.open },
    { rank: 5, text: tables.rest },
    { rank: 6, text: copiedOf(report) },
    { rank: 7, text: rotationsOf(report) },
    { rank: 3, text: rollbackOf(report, settings) },
    { rank: 8, text: digestsOf(report) }
  ])
}

function headingOf(report: Report): string {
  const { sources, dryRun } = report
  const [only, ...others] = sources
  const isSet = others.length > 0
  const about = only ? ` ${isSet ? counted(sources.length, 'image') : nameOf(only.source)}` : ''
  const counts = countOutcomes(report)
  const dry = dryRun ? ' (dry run, nothing was written)' : ''
  const names = isSet ? ` – ${namesOf(sources)}` : ''
  return `Retag${about}${isSuccessful(report) ? '' : ' failed'}${counts === '' ? '' : `: ${counts}`}${dry}${names}`
}

/** Names the repositories of several images, the first of them, so that summaries of one run can be told apart. */
function namesOf(sources: readonly SourceReport[]): string {
  const names = [...new Set(sources.map(({ source }) => code(homeOf(source).name)))]
  return listFirst(names, NAMED_IMAGES)
}

/** Names a source in a heading; a digest is short, and of an index's parts there may be many. */
function nameOf(source: Source): string {
  if (source.kind === 'image') return code(imageName(source.reference))
  const home = homeOf(source)
  const where = isWithin(source, home) ? ` in ${code(formatRepository(home))}` : ''
  return `an index of ${counted(source.parts.length, 'image')}${where}`
}

function imageName({ repository, tag, digest }: Reference): string {
  if (tag !== undefined) return formatReference({ repository, tag })
  const name = formatReference({ repository, ...(digest && { digest }) })
  return digest === undefined ? name : name.replace(digest, shortDigest(digest))
}

/** Tells what a run's only image is; several are told apart in the table. */
function onlySourceOf({ sources: [source, ...others] }: Report): string {
  return source?.image === undefined || others.length > 0 ? '' : sourceOf(source)
}

function sourceOf({ source, image }: SourceReport): string {
  const what = image ? escapeMarkdown(shortened(describeManifest(image.manifest), MAXIMUM_DESCRIPTION)) : ''
  const digest = image ? code(image.manifest.digest) : ''
  const names = referencesOf(source).map(reference => code(formatReference(reference)))
  return `${listFirst(names, NAMED_PARTS, ' + ')} is ${digest}: ${what}`
}

/** Lists every digest in full, as text that can be copied: wider than a table may be. */
function digestsOf({ sources, targets }: Report): string {
  const known = targets.filter(({ digest, previousDigest }) => digest ?? previousDigest)
  const promoted =
    sources.length > 1
      ? sources.flatMap(({ source, image }) =>
          image ? `${formatSource(source)}\n  is      ${image.manifest.digest}` : []
        )
      : []
  const lines = [...promoted, ...known.map(changeOf)]
  return lines.length === 0 ? '' : folded('Digests in full', codeBlock('text', lines.join('\n')))
}

function changeOf({ target, digest, previousDigest }: TargetReport): string {
  const line = (when: string, held: Digest | undefined): string => `\n  ${when}  ${held ?? '–'}`
  return `${formatReference(target)}${line('before', previousDigest)}${line('after ', digest)}`
}
