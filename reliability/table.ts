/** The matrix as Markdown: a row for each request, a column for each fault. */
import { type Fault, faults } from '../testing/faults.ts'
import type { End, Strike, Trial } from './trial.ts'

/** A trial and its fault. */
export interface Cell {
  readonly strike: Strike
  readonly trial: Trial
}

const signs: Readonly<Record<End, string>> = {
  done: '●',
  'as before': '○',
  'as reported': '◐',
  'WRONG REPORT': '**WRONG REPORT**',
  'NO END': '**NO END**'
}

/** Counts how the trials ended, in a sentence. */
export function counts(cells: readonly Cell[]): string {
  const ends = Object.keys(signs) as End[]
  const parts = ends.map(end => `${cells.filter(({ trial }) => trial.end === end).length.toString()} ${end}`)
  const longest = Math.max(...cells.map(({ trial }) => trial.seconds))
  const all = cells.length.toString()
  return `${all} runs: ${parts.join(', ')}. The longest took ${longest.toFixed(0)} s.`
}

/** Draws the matrix; a cell has the results for the fault that occurs once, and for the permanent one. */
export function table(requests: readonly string[], cells: readonly Cell[]): string {
  const sign = (request: string, fault: Fault, lasts: Strike['lasts']): string => {
    const found = cells.find(
      ({ strike }) => strike.request === request && strike.fault === fault && strike.lasts === lasts
    )
    return found ? signs[found.trial.end] : ''
  }
  const rows = requests.map(request =>
    [
      `\`${shortened(request)}\``,
      ...faults.map(fault => `${sign(request, fault, 'once')} ${sign(request, fault, 'always')}`)
    ].join(' | ')
  )
  return [['request', ...faults].join(' | '), faults.reduce(line => `${line}|:-:`, '---'), ...rows]
    .map(row => `| ${row} |`)
    .join('\n')
}

/** Digests mean nothing to a reader. */
function shortened(request: string): string {
  return request.replace(/[0-9a-f]{64}/g, '…')
}
