/** One run of the action: what it is given, what is expected of it, and what shows that it did that. */
import type { ActionRun } from '../testing/run-action.ts'
import type { ActionInputs } from './options.ts'

/** A run, and how it should end. */
export interface Act {
  readonly title: string
  /** What the reader should know before. */
  readonly introduction: string
  readonly inputs: ActionInputs
  readonly expected: Ending
}

/** How a run ends. */
export interface Ending {
  readonly exitCode: 0 | 1
  /** What becomes of each target, in their order, where it is known beforehand. */
  readonly outcomes?: readonly string[]
  /** How many manifests are uploaded, where it is known beforehand. */
  readonly uploads?: number
  /** The title of the error annotation, where there should be one. */
  readonly annotation?: string
  /** In words, for the reader. */
  readonly words: string
}

/** What was seen of a run. */
export interface Seen {
  readonly run: ActionRun
  /** As `PUT /v2/acme/app/manifests/latest → 201`. */
  readonly requests: readonly string[]
}

/** Lists how a run ended otherwise than expected; nothing when it did not. */
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
