/** Text for a terminal: headings, columns, folded lines. */
import { styleText } from 'node:util'

/** How many columns a line may take. */
export const WIDTH = 100

type Style = 'bold' | 'dim' | 'green' | 'red'

/** Makes text bold, dim or coloured, if standard output supports it. */
export function styled(style: Style, text: string): string {
  return process.stdout.isTTY && process.stdout.hasColors() ? styleText(style, text) : text
}

/** Underlines a heading; main headings with a double line. */
export function heading(text: string, line: '─' | '═' = '─'): string {
  return styled('bold', `${text}\n${line.repeat(text.length)}`)
}

/** Puts a name above indented text. */
export function section(name: string, text: string): string {
  return `${styled('bold', name)}\n${indented(text, '  ')}`
}

/** Prefixes every line of a text. */
export function indented(text: string, margin: string): string {
  return text
    .split('\n')
    .map(line => `${margin}${line}`.trimEnd())
    .join('\n')
}

/** Prints names and values side by side; values may have several lines, and long ones are folded. */
export function pairs(values: Readonly<Record<string, string>>): string {
  return columns(
    Object.entries(values).map(([name, value]) => [name, value || '(empty)']),
    WIDTH - 2
  )
}

/** Aligns cells in columns; the last column is folded to fit the width. */
export function columns(rows: readonly (readonly string[])[], width: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => longestLine(row[column]))))
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0)
  return rows.map(row => alignRow(row, widths, width - before)).join('\n')
}

/** Folds the lines of a text after blanks and commas to fit the width if possible. */
export function fold(text: string, width: number): string {
  return text
    .split('\n')
    .map(line => foldLine(line, width))
    .join('\n')
}

function foldLine(line: string, width: number): string {
  const lines = ['']
  for (const part of line.split(/(?<=[ ,])/)) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && (last + part).trimEnd().length > width) lines.push(part)
    else lines[lines.length - 1] = last + part
  }
  return lines.map(each => each.trimEnd()).join('\n')
}

function alignRow(row: readonly string[], widths: readonly number[], lastWidth: number): string {
  const cells = row.map((cell, column) =>
    (column === row.length - 1 ? fold(cell, lastWidth) : cell).split('\n')
  )
  const height = Math.max(...cells.map(({ length }) => length))
  const lines = Array.from({ length: height }, (_, line) =>
    cells.map((cell, column) => (cell[line] ?? '').padEnd(widths[column] ?? 0)).join('  ')
  )
  return lines.map(line => line.trimEnd()).join('\n')
}

function longestLine(cell = ''): number {
  return Math.max(...cell.split('\n').map(({ length }) => length))
}
