/** The input and output tables of README.md, made from action.yml. */
import { parse } from 'yaml'

/** What action.yml says. */
export interface Metadata {
  readonly inputs: Readonly<Record<string, Input>>
  readonly outputs: Readonly<Record<string, Output>>
  readonly runs: { readonly using: string; readonly main: string }
}

/** One input in action.yml. */
export interface Input {
  readonly description: string
  readonly required?: boolean
  readonly default?: string
}

/** One output in action.yml. */
export interface Output {
  readonly description: string
}

/** Reads action.yml. */
export function parseMetadata(text: string): Metadata {
  return parse(text) as Metadata
}

/** Puts the tables between their marks in the README. Throws if a mark is missing. */
export function withTables(readme: string, { inputs, outputs }: Metadata): string {
  const tables = { inputs: inputTable(inputs), outputs: outputTable(outputs) }
  return Object.entries(tables).reduce((text, [name, table]) => between(text, name, table), readme)
}

function inputTable(inputs: Metadata['inputs']): string {
  const rows = Object.entries(inputs).map(([name, { description, required = false, default: value }]) => {
    const standard = required ? '**required**' : value === undefined ? '–' : `\`${value}\``
    return row([`\`${name}\``, standard, description])
  })
  return ['| input | default | meaning |', '|---|---|---|', ...rows].join('\n')
}

function outputTable(outputs: Metadata['outputs']): string {
  const rows = Object.entries(outputs).map(([name, { description }]) => row([`\`${name}\``, description]))
  return ['| output | value |', '|---|---|', ...rows].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.trim().replaceAll('|', '\\|').replace(/\s+/g, ' ')).join(' | ')} |`
}

function between(text: string, name: string, table: string): string {
  const begin = `<!-- ${name}: made from action.yml by "npm run readme" -->\n<!-- prettier-ignore-start -->\n`
  const end = `\n<!-- prettier-ignore-end -->\n<!-- end of ${name} -->`
  const start = text.indexOf(begin) + begin.length
  const stop = text.indexOf(end, start)
  if (start < begin.length || stop < 0) throw new Error(`README.md has no place for the table of ${name}`)
  return text.slice(0, start) + table + text.slice(stop)
}
