/** The results as a table. */
import type { Case } from './cases.ts'
import type { Cost } from './measure.ts'
import type { Result } from './run-case.ts'

const TITLES = [
  '',
  'median',
  'fastest',
  'Retag takes',
  'CPU',
  'Retag takes',
  'memory',
  'requests',
  'bytes',
  'connections'
]

/** Makes the table of a case, for a terminal or in Markdown. */
export function tableOf(of: Case, results: readonly Result[], isMarkdown: boolean): string {
  const retag = results.find(({ program }) => program.name === 'Retag')?.costs ?? []
  const limit = of.limit === undefined ? [] : [limitRow(of.limit, retag)]
  const rows = [...limit, ...results.map(({ program, costs }) => [program.name, ...cells(costs, retag)])]
  return isMarkdown ? markdown(of.name, rows) : text(of.name, rows)
}

function limitRow(limit: number, retag: readonly Cost[]): string[] {
  return [
    'limit of the protocol',
    seconds(limit),
    '',
    times(median(retag, 'wall') / limit),
    ...Array<string>(6).fill('')
  ]
}

function cells(costs: readonly Cost[], retag: readonly Cost[]): string[] {
  const wall = median(costs, 'wall')
  const cpu = median(costs, 'cpu')
  return [
    seconds(wall),
    seconds(Math.min(...costs.map(cost => cost.wall))),
    times(median(retag, 'wall') / wall),
    seconds(cpu),
    times(median(retag, 'cpu') / cpu),
    `${(Math.max(...costs.map(({ memory }) => memory)) / 1e6).toFixed(0)} MB`,
    median(costs, 'requests').toFixed(0),
    size(median(costs, 'bytes')),
    `${median(costs, 'connections').toFixed(0)} (${Math.max(...costs.map(({ atOnce }) => atOnce)).toString()})`
  ]
}

function markdown(name: string, rows: readonly string[][]): string {
  const lines = [
    [`**${name}**`, ...TITLES.slice(1)],
    TITLES.map((_, index) => (index === 0 ? '---' : '--:')),
    ...rows
  ]
  return lines.map(cellsOf => `| ${cellsOf.join(' | ')} |`).join('\n') + '\n'
}

function text(name: string, rows: readonly string[][]): string {
  const lines = [[name, ...TITLES.slice(1)], ...rows]
  const widths = TITLES.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  const padded = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
      )
      .join('  ')
  return lines.map(padded).join('\n') + '\n'
}

/** The median of one figure of some runs. */
export function median(costs: readonly Cost[], of: keyof Cost): number {
  const sorted = costs.map(cost => cost[of]).sort((one, other) => one - other)
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

function seconds(value: number): string {
  return `${value.toFixed(3)} s`
}

function times(value: number): string {
  return `${value.toFixed(2)} ×`
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
