/** Makes messages fit to be shown: replaces secrets, cuts long texts in the middle. */
import { PromotionError } from '../../oci/errors.ts'
import type { Secrets } from '../../registry/http/redact.ts'
import type { Report, SourceReport, TargetReport } from '../../promotion/report.ts'

/** The most of one message, in UTF-16 code units. */
export const MAXIMUM_TEXT = 2000

const CUT = ' […] '

/** Cuts the middle out of a text that is longer than `limit`: its end says what a tag points to now. */
export function shortened(text: string, limit = MAXIMUM_TEXT): string {
  if (text.length <= limit) return text
  const tail = Math.floor((limit - CUT.length) / 3)
  const head = limit - CUT.length - tail
  // A half of a character must not stay at either side.
  return `${text.slice(0, head).replace(/[\uD800-\uDBFF]$/, '')}${CUT}${text.slice(-tail).replace(/^[\uDC00-\uDFFF]/, '')}`
}

/**
 * Gives a report whose messages can be shown: each known secret in them is `***`, and none is longer than {@link MAXIMUM_TEXT}.
 * The runner masks secrets by their exact text, which escaping for Markdown and JSON changes.
 */
export function presentable(report: Report, secrets: Pick<Secrets, 'redact'>): Report {
  const clean = (text: string): string => shortened(secrets.redact(text))
  const { sources, targets, warnings } = report
  return {
    ...report,
    ...cleanError(report, clean),
    warnings: warnings.map(clean),
    sources: sources.map((source): SourceReport => ({ ...source, ...cleanError(source, clean) })),
    targets: targets.map((target): TargetReport => ({
      ...target,
      ...cleanError(target, clean),
      ...(target.reason !== undefined && { reason: clean(target.reason) }),
      ...(target.comparison && {
        comparison: { ...target.comparison, reason: clean(target.comparison.reason) }
      }),
      ...(target.rollbackError && { rollbackError: cleaned(target.rollbackError, clean) })
    }))
  }
}

function cleanError(
  { error }: { readonly error?: PromotionError },
  clean: (text: string) => string
): { readonly error?: PromotionError } {
  return error ? { error: cleaned(error, clean) } : {}
}

function cleaned({ code, message, advice }: PromotionError, clean: (text: string) => string): PromotionError {
  return new PromotionError(code, clean(message), {
    advice: advice === undefined ? undefined : clean(advice)
  })
}
