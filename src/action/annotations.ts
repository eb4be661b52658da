/** The one annotation of a run that failed: a title, what happened, what to do. */
import type { PromotionError } from '../core/errors.ts'
import { type Report, errorsOf } from '../core/report.ts'

const MAXIMUM_LINES = 10

/** An annotation, as the runner shows it. */
export interface Annotation {
  readonly title: string
  readonly message: string
}

/** Makes the annotation of a run; undefined when there is nothing to complain about. */
export function annotationOf(report: Report): Annotation | undefined {
  const errors = errorsOf(report)
  const [first] = errors
  if (first === undefined) return undefined
  const lines = distinct(errors.map(({ message }) => message))
  const more = lines.length > MAXIMUM_LINES ? [`… and ${(lines.length - MAXIMUM_LINES).toString()} more`] : []
  const advice = distinct(errors.flatMap((error: PromotionError) => error.advice ?? []))
  return {
    title: `Retag: ${first.code}`,
    message: [...lines.slice(0, MAXIMUM_LINES), ...more, ...advice.slice(0, MAXIMUM_LINES)].join('\n')
  }
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

function distinct(texts: string[]): string[] {
  return [...new Set(texts)]
}
