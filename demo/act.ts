/** One run of the action: its inputs, its expected result, and what was observed. */
import type { ActionRun } from '../testing/run-action.ts'
import type { ActionInputs } from './options.ts'

/** A run and its expected result. */
export interface Act {
  readonly title: string
  /** Introduces the run to the reader. */
  readonly introduction: string
  readonly inputs: ActionInputs
  readonly expected: Ending
}

/** How a run ends. */
export interface Ending {
  readonly exitCode: 0 | 1
  /** The outcome of each target, in order, if it is known beforehand. */
  readonly outcomes?: readonly string[]
  /** How many manifests are uploaded, if it is known beforehand. */
  readonly uploads?: number
  /** The title of the error annotation, if one is expected. */
  readonly annotation?: string
  /** In words, for the reader. */
  readonly words: string
}

/** What was observed of a run. */
export interface Seen {
  readonly run: ActionRun
  /** As `PUT /v2/acme/app/manifests/latest → 201`. */
  readonly requests: readonly string[]
}

/** Lists the differences between a run and what was expected. */
export function differences({ expected }: Act, { run, requests }: Seen): string[] {
  const comparisons: readonly (readonly [string, string | undefined, string])[] = [
    ['the exit code', expected.exitCode.toString(), run.exitCode.toString()],
    ['the error', expected.annotation ?? 'none', errorsOf(run)],
    ['the outcome', expected.outcomes?.join(', '), outcomesOf(run)],
    ['the number of uploads', expected.uploads?.toString(), uploadsIn(requests).toString()]
  ]
  return comparisons.flatMap(([what, should, is]) =>
    should === undefined || is === should ? [] : [`${what} is ${is}, should be ${should}`]
  )
}

function errorsOf({ annotations }: ActionRun): string {
  const errors = annotations.filter(({ level }) => level === 'error')
  return errors.map(({ title }) => title).join(', ') || 'none'
}

function outcomesOf({ report }: ActionRun): string {
  return (report?.targets ?? []).map(({ outcome }) => outcome).join(', ')
}

function uploadsIn(requests: readonly string[]): number {
  return requests.filter(request => request.startsWith('PUT')).length
}
