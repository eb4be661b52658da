/** What went wrong, as GitHub's red alert: what is worst comes first. */
import { type Digest, shortDigest } from '../../oci/digest.ts'
import { formatReference } from '../../oci/reference.ts'
import type { PromotionError } from '../../oci/errors.ts'
import { type Report, errorsOf, unrestoredTargets } from '../../promotion/report.ts'
import { counted } from './counted.ts'
import { alert, code, escapeMarkdown } from './markdown.ts'

const MAXIMUM_ITEMS = 10

/** Writes what went wrong, and what to do; empty where nothing did. */
export function problemsOf(report: Report): string {
  const errors = errorsOf(report)
  const messages = distinct(errors.map(explain))
  const advice = distinct(
    errors.flatMap(({ advice: text }) => (text === undefined ? [] : escapeMarkdown(text)))
  )
  const hidden = messages.length - MAXIMUM_ITEMS
  return alert('CAUTION', [
    unrestoredOf(report),
    ...messages.slice(0, MAXIMUM_ITEMS),
    ...(hidden > 0 ? [`… and ${counted(hidden, 'more error')}`] : []),
    ...advice.slice(0, MAXIMUM_ITEMS)
  ])
}

/** A tag that is not as it was, and should be. */
function unrestoredOf(report: Report): string {
  const targets = unrestoredTargets(report)
  if (targets.length === 0) return ''
  const lines = targets.map(
    ({ target, digest, previousDigest }) =>
      `- ${code(formatReference(target))} was ${digestOr(previousDigest, 'absent')} and is now ${digestOr(digest, 'not known')}`
  )
  return [
    '**A write failed, and these tags could not be put back. Check them before anybody uses them.**',
    '',
    ...lines
  ].join('\n')
}

function explain({ code: errorCode, message }: PromotionError): string {
  return `**${code(errorCode)}** ${message.split('\n').map(escapeMarkdown).join('<br>')}`
}

function digestOr(digest: Digest | undefined, words: string): string {
  return digest === undefined ? words : code(shortDigest(digest))
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
