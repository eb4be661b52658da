/**
 * The grammar of lists in inputs, that of docker's actions: items are separated by line breaks, commas and spaces; `#` begins a comment
 * line. What people write in lists elsewhere (`- x`, `x # note`, `"x"`, `["x"]`) is recognised: it is a mistake, and is read all the same,
 * so that the other mistakes of the list are found too.
 */
import type { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { wrong } from './mistakes.ts'

/** What people write in lists, and is not in this grammar. */
export interface Habit {
  /** What it looks like in a line. */
  readonly pattern: RegExp
  /** What takes its place where the line is read all the same. */
  readonly replacement: string
  readonly what: string
  readonly advice: string
}

/** Takes a mistake that was found. */
export type Report = (mistake: PromotionError) => void

const habits: readonly Habit[] = [
  {
    pattern: /^-(?:\s+|$)/,
    replacement: '',
    what: 'begins with a dash',
    advice: 'The input is a text, not a YAML list: write the values alone, one a line.'
  },
  {
    pattern: /\s#.*$/,
    replacement: '',
    what: 'has a comment after the value',
    advice: 'Write the comment on a line of its own.'
  },
  {
    pattern: /["'`]/g,
    replacement: '',
    what: 'holds quotation marks',
    advice: 'Remove them: within an input they are part of the value.'
  },
  {
    pattern: /[;|]/g,
    replacement: ' ',
    what: 'holds a separator that is none',
    advice: 'Separate values by line breaks, commas or spaces.'
  }
]

// The address of a host may be in brackets: [::1]:5000.
const JSON_LIST = /^\[(?![0-9a-f]*:[0-9a-f:.]*\])/i

/** Splits a list; blank lines and lines that begin with `#` are ignored. */
export function splitList(text: string): string[] {
  return linesOf(text).flatMap(line => line.split(/[\s,]+/).filter(item => item !== ''))
}

/** Reads a list, in which `more` are habits too; each mistake is reported once. */
export function readList(text: string, report: Report, more: readonly Habit[] = []): string[] {
  const found = new Set<Habit>()
  const lines = linesOf(withoutJson(text, report)).map(line =>
    [...habits, ...more].reduce((rest, habit) => {
      const tidy = withoutHabit(rest, habit)
      if (tidy !== rest && !found.has(habit)) report(mistakeOf(rest, habit))
      if (tidy !== rest) found.add(habit)
      return tidy
    }, line)
  )
  return splitList(lines.join('\n'))
}

/** Reads a line of an input whose lines have a grammar of their own. */
export function readLine(line: string, report: Report): string {
  return habits.reduce((rest, habit) => {
    const tidy = withoutHabit(rest, habit)
    if (tidy !== rest) report(mistakeOf(rest, habit))
    return tidy
  }, line)
}

/** Gives the mistake of a text that is a list in JSON; undefined for any other. */
export function jsonList(text: string): PromotionError | undefined {
  if (!JSON_LIST.test(text)) return undefined
  return wrong(
    'is a list in JSON',
    "Write one value a line; an expression makes that of JSON: join(fromJSON(…), ' ')."
  )
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map(line => line.trim())
  return lines.filter(line => !line.startsWith('#'))
}

function withoutHabit(line: string, { pattern, replacement }: Habit): string {
  return line.replace(pattern, replacement)
}

function mistakeOf(line: string, { what, advice }: Habit): PromotionError {
  return wrong(`"${printable(line)}" ${what}`, advice)
}

function withoutJson(text: string, report: Report): string {
  const mistake = jsonList(text)
  if (mistake === undefined) return text
  report(mistake)
  return text.replace(/^\[|\]$|["']/g, '')
}
