/**
 * The grammar of lists and lines in inputs, that of docker's actions: items are separated by line breaks, commas and spaces; `#` begins a comment
 * line. What people write in lists elsewhere (`- x`, `x # note`, `"x"`, `["x"]`) is recognised: it is a mistake, and is read all the same,
 * so that the other mistakes of the list are found too.
 */
import { type PromotionError, during } from '../../oci/errors.ts'
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

/** A line of an input. */
export interface Line {
  /** From 1. */
  readonly number: number
  /** Without blanks at its ends. */
  readonly text: string
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

/** Gives the lines of a text; blank lines and lines that begin with `#` are ignored. */
export function linesOf(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ number: index + 1, text: line.trim() }))
    .filter(line => line.text !== '' && !line.text.startsWith('#'))
}

/** Does what may find a mistake in a line; the mistake begins with the line's number, where there is one. */
export function inLine<T>(number: number | undefined, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw number === undefined ? error : during(`line ${number.toString()}`, error)
  }
}

/** Splits a list. */
export function splitList(text: string): string[] {
  return linesOf(text).flatMap(line => line.text.split(/[\s,]+/).filter(item => item !== ''))
}

/** Reads a list, in which `more` are habits too; each mistake is reported once. */
export function readList(text: string, report: Report, more: readonly Habit[] = []): string[] {
  const found = new Set<Habit>()
  const reportOnce = (habit: Habit, line: string): void => {
    if (!found.has(habit)) report(mistakeOf(line, habit))
    found.add(habit)
  }
  const lines = linesOf(withoutJson(text, report)).map(line =>
    withoutHabits(line.text, [...habits, ...more], reportOnce)
  )
  return splitList(lines.join('\n'))
}

/** Reads a line of an input whose lines have a grammar of their own. */
export function readLine(line: string, report: Report): string {
  return withoutHabits(line, habits, (habit, text) => {
    report(mistakeOf(text, habit))
  })
}

/** Gives the mistake of a text that is a list in JSON; undefined for any other. */
export function jsonList(text: string): PromotionError | undefined {
  if (!JSON_LIST.test(text)) return undefined
  return wrong(
    'is a list in JSON',
    "Write one value a line; an expression makes that of JSON: join(fromJSON(…), ' ')."
  )
}

function withoutHabits(
  line: string,
  all: readonly Habit[],
  onFound: (habit: Habit, line: string) => void
): string {
  return all.reduce((rest, habit) => {
    const tidy = rest.replace(habit.pattern, habit.replacement)
    if (tidy !== rest) onFound(habit, rest)
    return tidy
  }, line)
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
