/** Reads the inputs that are options: what may be moved, what the source has to be, how the run is to go. */
import { parseDigest } from '../../oci/digest.ts'
import { parseDuration } from '../../promotion/duration.ts'
import type { Rule } from '../../promotion/pattern.ts'
import { parsePlatform } from '../../oci/platform.ts'
import { type Policy, policies } from '../../promotion/policy.ts'
import { printable } from '../../oci/printable.ts'
import type { Options } from '../../promote/promote.ts'
import type { Request } from '../../promotion/request.ts'
import type { Requirements } from '../../promotion/requirements.ts'
import { splitList } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** The names of these inputs, as action.yml has them. */
export const optionNames = [
  'if-exists',
  'expect-digest',
  'require-platforms',
  'keep-previous',
  'if-missing',
  'wait-for-source',
  'referrers',
  'on-failure',
  'dry-run'
] as const

/** The options that were given, for the request and for the run. */
export interface GivenOptions {
  readonly request: Omit<Request, 'promotions'>
  readonly options: Options
}

/** Reads one of these inputs; empty when it is not given. */
export type ReadOption = (name: (typeof optionNames)[number]) => string

/** Reads all options; what is wrong with them goes to `mistakes`. */
export function readOptions(read: ReadOption, mistakes: Mistakes): GivenOptions {
  const wait = read('wait-for-source') || '0'
  return {
    request: {
      requirements: readRequirements(read, mistakes),
      ifMissing: mistakes.attempt('if-missing', () => parseIfMissing(read('if-missing'))) ?? 'fail',
      ifExists: readRules(read, mistakes, { input: 'if-exists', parse: parsePolicy }),
      keepPrevious: readRules(read, mistakes, { input: 'keep-previous', parse: parseCount }),
      referrers: mistakes.attempt('referrers', () => parseBoolean(read('referrers'))) ?? true
    },
    options: {
      dryRun: mistakes.attempt('dry-run', () => parseBoolean(read('dry-run'))) ?? true,
      onFailure: mistakes.attempt('on-failure', () => parseOnFailure(read('on-failure'))) ?? 'restore',
      waitForSource: mistakes.attempt('wait-for-source', () => parseDuration(wait)) ?? 0
    }
  }
}

function readRequirements(read: ReadOption, mistakes: Mistakes): Requirements {
  const expected = read('expect-digest')
  const digest = expected === '' ? undefined : mistakes.attempt('expect-digest', () => parseDigest(expected))
  const platforms = splitList(read('require-platforms')).map(text =>
    mistakes.attempt('require-platforms', () => parsePlatform(text))
  )
  return { ...(digest && { digest }), platforms: platforms.filter(platform => platform !== undefined) }
}

interface RuleGrammar<T> {
  readonly input: 'if-exists' | 'keep-previous'
  readonly parse: (value: string) => T
}

/** Reads one value for all tags, or lines `PATTERN=VALUE`. */
function readRules<T>(read: ReadOption, mistakes: Mistakes, { input, parse }: RuleGrammar<T>): Rule<T>[] {
  const items = splitList(read(input).split('\n').map(closeUp).join('\n'))
  const rules = items.map(item =>
    mistakes.attempt(input, () => {
      const isForAll = items.length === 1 && !item.includes('=')
      const { pattern, value } = parseRule(isForAll ? `*=${item}` : item)
      return { pattern, value: parse(value) }
    })
  )
  return rules.filter(rule => rule !== undefined)
}

/** Takes away the blanks around `=`, which do not part one item of a list from the next. */
function closeUp(line: string): string {
  return line
    .split('=')
    .map(part => part.trim())
    .join('=')
}

function parseRule(item: string): Rule<string> {
  const [pattern = '', value, ...rest] = item.split('=')
  if (value === undefined || rest.length > 0) {
    throw wrong(
      `"${printable(item)}" is not of the form PATTERN=VALUE`,
      `Write one value for all tags, or such lines alone: *=${printable(item)} is for all that no line before it matches.`
    )
  }
  if (!/^[\w.*?-]+$/.test(pattern)) {
    throw wrong(
      `no tag can be like "${printable(pattern)}"`,
      'A pattern is of the tag alone, without registry and repository; * and ? stand for other characters.'
    )
  }
  return { pattern, value }
}

function parsePolicy(word: string): Policy {
  const policy = policies.find(known => known === word)
  if (policy !== undefined) return policy
  throw wrong(`"${printable(word)}" is not one of ${policies.join(', ')}`, 'Write one of these words.')
}

function parseCount(number: string): number {
  if (/^[0-9]{1,4}$/.test(number)) return Number(number)
  throw wrong(`"${printable(number)}" is not a number of images`, 'Write a whole number, such as 3.')
}

function parseIfMissing(word: string): Request['ifMissing'] {
  if (word === '' || word === 'fail') return 'fail'
  if (word === 'skip') return 'skip'
  throw wrong(`"${printable(word)}" is neither fail nor skip`, 'Write one of these words.')
}

function parseOnFailure(word: string): Options['onFailure'] {
  if (word === '' || word === 'restore') return 'restore'
  if (word === 'leave') return 'leave'
  throw wrong(`"${printable(word)}" is neither restore nor leave`, 'Write one of these words.')
}

/** Reads a boolean as strictly as YAML's core schema does, and @actions/core with it: an empty one is a mistake, not a "no". */
function parseBoolean(text: string): boolean {
  if (['true', 'True', 'TRUE'].includes(text)) return true
  if (['false', 'False', 'FALSE'].includes(text)) return false
  throw wrong(
    `"${printable(text)}" is neither true nor false`,
    'Write true or false; an expression that may be empty needs a default, as in ${{ inputs.dry-run || false }}.'
  )
}
