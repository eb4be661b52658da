/** The annotations of a run: one error where it failed, and a warning for each kind of thing that the user should know. */
import type { PromotionError } from '../../oci/errors.ts'
import { formatReference } from '../../oci/reference.ts'
import { type Report, type TargetReport, errorsOf, unrestoredTargets } from '../../promotion/report.ts'

const MAXIMUM_LINES = 10

/** An annotation, as the runner shows it. */
export interface Annotation {
  readonly title: string
  readonly message: string
}

/** Makes the error annotation of a run; undefined when there is no error. */
export function annotationOf(report: Report): Annotation | undefined {
  const errors = errorsOf(report)
  const [first] = errors
  if (first === undefined) return undefined
  const unrestored = unrestoredTargets(report).map(({ target }) => formatReference(target))
  const worst =
    unrestored.length === 0
      ? []
      : ['These tags could not be put back:', ...firstOf(unrestored), 'What went wrong:']
  const lines = firstOf(distinct(errors.map(({ message }) => message)))
  const advice = distinct(errors.flatMap((error: PromotionError) => error.advice ?? []))
  return {
    title: `Retag: ${first.code}${unrestored.length === 0 ? '' : ', and tags are not as they were'}`,
    message: [...worst, ...lines, ...advice.slice(0, MAXIMUM_LINES)].join('\n')
  }
}

/** Makes the warnings of a run: tags kept because the image is older, tags moved on by another job, and what else the user should know. */
export function warningsOf({ targets, warnings }: Report): Annotation[] {
  const kept = targets.filter(({ outcome, comparison }) => outcome === 'kept' && comparison)
  const superseded = targets.filter(({ outcome, error }) => outcome === 'superseded' && !error)
  return [
    { title: 'Retag: kept', lines: kept.map(describe) },
    { title: 'Retag: superseded', lines: superseded.map(describe) },
    { title: 'Retag: warning', lines: warnings }
  ].flatMap(({ title, lines }) => (lines.length === 0 ? [] : { title, message: firstOf(lines).join('\n') }))
}

/** Makes the warning of what the step says that is no input and resembles none; undefined where there is no such thing. */
export function unknownInputsWarning(names: readonly string[]): Annotation | undefined {
  if (names.length === 0) return undefined
  const lines = names.map(name => `"${name}" is not an input of Retag, and is ignored.`)
  return {
    title: 'Retag: unknown input',
    message: [
      ...firstOf(lines),
      'action.yml lists the inputs. A variable INPUT_… in the environment counts as one.'
    ].join('\n')
  }
}

/** Makes the annotation of outputs that could not be written: the tags are as the report says all the same. */
export function outputAnnotation(error: unknown, report: Report, end: string): Annotation {
  const lines = report.targets.map(({ target, outcome, digest = '' }) =>
    `${outcome} ${formatReference(target)} ${digest}`.trimEnd()
  )
  return {
    title: 'Retag: the outputs could not be written',
    message: [
      `The runner's output file cannot be written: ${messageOf(error)}`,
      'Later steps get no outputs. What was done to the tags stays done:',
      end,
      ...firstOf(lines)
    ].join('\n')
  }
}

/** Makes the warning of a job summary that could not be written. */
export function summaryWarning(error: unknown): Annotation {
  return {
    title: 'Retag: the job summary could not be written',
    message: `${messageOf(error)}\nThe log and the outputs say the same.`
  }
}

/** Makes the annotation of an error that nobody expected. */
export function bugAnnotation(error: unknown): Annotation {
  return {
    title: 'Retag: unexpected error',
    message: `${messageOf(error)}\nThis is a bug in Retag, please report it. Run the job again with debug logging to see where it comes from.`
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error was thrown'
}

function describe({ target, reason = '' }: TargetReport): string {
  return `${formatReference(target)}: ${reason}`
}

function firstOf(lines: readonly string[]): string[] {
  const more = lines.length > MAXIMUM_LINES ? [`… and ${(lines.length - MAXIMUM_LINES).toString()} more`] : []
  return [...lines.slice(0, MAXIMUM_LINES), ...more]
}

function distinct(texts: string[]): string[] {
  return [...new Set(texts)]
}
