/** Reads the inputs that are one value for all tags, or lines `PATTERN=VALUE`. */
import { printable } from '../../oci/printable.ts'
import type { Rule } from '../../promotion/pattern.ts'
import { type Habit, readList } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** An input of rules, and how its values are read. */
export interface RuleInput<T> {
  readonly input: 'if-exists' | 'keep-previous'
  readonly text: string
  /** Throws the mistake. */
  readonly parse: (value: string) => T
}

const COLON: Habit = {
  pattern: /(?<=^[^=]*?)\s*:\s*(?=[^=]*$)/g,
  replacement: '=',
  what: 'is written with a colon',
  advice: 'Write = between pattern and value, as in latest=forward.'
}

const ARROW: Habit = {
  pattern: /\s*[=-]>\s*/g,
  replacement: '=',
  what: 'is written with an arrow',
  advice: 'Write = between pattern and value, as in latest=forward.'
}

/** Reads the rules; what is wrong with them goes to `mistakes`. */
export function readRules<T>({ input, text, parse }: RuleInput<T>, mistakes: Mistakes): Rule<T>[] {
  const lines = text.split('\n').map(closeUp).join('\n')
  const items = readList(
    lines,
    mistake => {
      mistakes.add(input, mistake)
    },
    [ARROW, COLON]
  )
  const rules = items.map(item =>
    mistakes.attempt(input, () => {
      const isForAll = items.length === 1 && !item.includes('=')
      const { pattern, value } = parseRule(isForAll ? `*=${item}` : item)
      return { pattern, value: parse(value) }
    })
  )
  return rules.filter(rule => rule !== undefined)
}

/** Removes the spaces around `=`, which do not separate items. */
function closeUp(line: string): string {
  return line
    .split(/=(?!>)/)
    .map(part => part.trim())
    .join('=')
}

function parseRule(item: string): Rule<string> {
  const [pattern = '', value, ...rest] = item.split('=')
  if (value === undefined || rest.length > 0) {
    throw wrong(
      `"${printable(item)}" is not of the form PATTERN=VALUE`,
      `Write one value for all tags, or only lines PATTERN=VALUE; *=${printable(item)} is for all tags that no line before it matches.`
    )
  }
  if (!/^[\w.*?-]+$/.test(pattern)) {
    throw wrong(
      `no tag can match "${printable(pattern)}"`,
      'A pattern is of the tag alone, without registry and repository; * matches any characters, ? one.'
    )
  }
  return { pattern, value }
}
