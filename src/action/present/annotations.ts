/** The annotations of a run: one error where it failed, one warning where tags were kept that could have moved. */
import type { PromotionError } from '../../oci/errors.ts'
import { formatReference } from '../../oci/reference.ts'
import { type Report, errorsOf, unrestoredTargets } from '../../promotion/report.ts'

const MAXIMUM_LINES = 10

/** An annotation, as the runner shows it. */
export interface Annotation {
  readonly title: string
  readonly message: string
}

/** Makes the error annotation of a run; undefined when there is nothing to complain about. */
export function annotationOf(report: Report): Annotation | undefined {
  const errors = errorsOf(report)
  const [first] = errors
  if (first === undefined) return undefined
  const stuck = unrestoredTargets(report).map(({ target }) => formatReference(target))
  const loudest =
    stuck.length === 0 ? [] : ['These tags could not be put back:', ...shortened(stuck), 'What went wrong:']
  const lines = shortened(distinct(errors.map(({ message }) => message)))
  const advice = distinct(errors.flatMap((error: PromotionError) => error.advice ?? []))
  return {
    title: `Retag: ${first.code}${stuck.length === 0 ? '' : ', and tags are not as they were'}`,
    message: [...loudest, ...lines, ...advice.slice(0, MAXIMUM_LINES)].join('\n')
  }
}

/** Makes the warning annotation of a run: the tags that were kept because the image is older; undefined when there is none. */
export function warningOf({ targets }: Report): Annotation | undefined {
  const kept = targets.flatMap(({ target, outcome, comparison, reason = '' }) =>
    outcome === 'kept' && comparison ? `${formatReference(target)}: ${reason}` : []
  )
  return kept.length === 0 ? undefined : { title: 'Retag: kept', message: shortened(kept).join('\n') }
}

/** Makes the warning annotation of what could not be taken along to another repository; undefined when nothing was left behind. */
export function leftBehindOf({ warnings }: Report): Annotation | undefined {
  return warnings.length === 0
    ? undefined
    : { title: 'Retag: left behind', message: shortened([...warnings]).join('\n') }
}

/** Makes the annotation of an error that nobody expected. */
export function bugAnnotation(error: unknown): Annotation {
  const message =
    error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error was thrown'
  return {
    title: 'Retag: unexpected error',
    message: `${message}\nThis is a bug in Retag, please report it. Run the job again with debug logging to see where it comes from.`
  }
}

function shortened(lines: string[]): string[] {
  const more = lines.length > MAXIMUM_LINES ? [`… and ${(lines.length - MAXIMUM_LINES).toString()} more`] : []
  return [...lines.slice(0, MAXIMUM_LINES), ...more]
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts)]
}
