/** Reads the inputs that are options: what may be moved, what the source has to be, how the run is to go. */
import { parseDigest } from '../../oci/digest.ts'
import type { PromotionError } from '../../oci/errors.ts'
import { parseDuration } from '../../promotion/duration.ts'
import type { Rule } from '../../promotion/pattern.ts'
import { parsePlatform } from '../../oci/platform.ts'
import { printable } from '../../oci/printable.ts'
import type { Options } from '../../promote/promote.ts'
import { MAXIMUM_TARGETS, type Policy, type Request, policies } from '../../promotion/request.ts'
import type { Requirements } from '../../promotion/requirements.ts'
import type { InputName, ReadInput } from './known-inputs.ts'
import { readList, splitList } from './lists.ts'
import { EMPTY_EXPRESSION, type Mistakes, wrong } from './mistakes.ts'
import { readRules } from './rules.ts'

// Nobody can write more tags in one step, the target itself among them.
const MAXIMUM_KEPT = MAXIMUM_TARGETS - 1

/** The options that were given, for the request and for the run. */
export interface GivenOptions {
  readonly request: Omit<Request, 'promotions'>
  readonly options: Options
}

/** Reads all options; what is wrong with them goes to `mistakes`. */
export function readOptions(read: ReadInput, mistakes: Mistakes): GivenOptions {
  const attempt = <T>(input: InputName, parse: (text: string) => T): T | undefined =>
    mistakes.attempt(input, () => parse(read(input)))
  return {
    request: {
      requirements: readRequirements(read, mistakes),
      ifMissing: attempt('if-missing', parseIfMissing) ?? 'fail',
      ifExists: readPolicies(read('if-exists'), mistakes),
      keepPrevious: readRules(
        { input: 'keep-previous', text: read('keep-previous'), parse: parseCount },
        mistakes
      ),
      referrers: attempt('referrers', parseReferrers) ?? true
    },
    options: {
      dryRun: attempt('dry-run', parseDryRun) ?? true,
      onFailure: attempt('on-failure', parseOnFailure) ?? 'restore',
      waitForSource: attempt('wait-for-source', text => parseDuration(text || '0')) ?? 0
    }
  }
}

/** Reads the requirements. One that is given and empty is a mistake: a guard never switches itself off. */
function readRequirements(read: ReadInput, mistakes: Mistakes): Requirements {
  const digest = mistakes.attempt('expect-digest', () => {
    const text = read('expect-digest')
    if (text === '') throw empty('any, if the source may have any digest')
    return text === 'any' ? undefined : parseDigest(text)
  })
  const items = readList(read('require-platforms'), mistake => {
    mistakes.add('require-platforms', mistake)
  })
  mistakes.attempt('require-platforms', () => {
    if (items.length === 0) throw empty('any, if the source may have any platforms')
  })
  const required = items.length === 1 && items[0] === 'any' ? [] : items
  const platforms = required.map(text => mistakes.attempt('require-platforms', () => parsePlatform(text)))
  return { ...(digest && { digest }), platforms: platforms.filter(platform => platform !== undefined) }
}

function readPolicies(text: string, mistakes: Mistakes): Rule<Policy>[] {
  mistakes.attempt('if-exists', () => {
    if (splitList(text).length === 0) throw empty('move, if any tag may be moved')
  })
  return readRules({ input: 'if-exists', text, parse: parsePolicy }, mistakes)
}

function empty(instead: string): PromotionError {
  return wrong('is empty', `${EMPTY_EXPRESSION} Write ${instead}.`)
}

function parsePolicy(word: string): Policy {
  const policy = policies.find(known => known === word)
  if (policy !== undefined) return policy
  throw wrong(`"${printable(word)}" is not one of ${policies.join(', ')}`, 'Write one of these words.')
}

function parseCount(number: string): number {
  if (/^[0-9]+$/.test(number) && Number(number) <= MAXIMUM_KEPT) return Number(number)
  throw wrong(
    `"${printable(number)}" is not a number of images`,
    `Write a whole number from 0 to ${MAXIMUM_KEPT.toString()}, such as 3.`
  )
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

function parseReferrers(text: string): boolean {
  return parseBoolean(text, 'Leave the input out for true.')
}

function parseDryRun(text: string): boolean {
  return parseBoolean(text, 'Give the expression a default, as in ${{ inputs.dry-run || false }}.')
}

/** Reads a boolean as strictly as YAML's core schema does, and @actions/core with it: an empty one is a mistake, not a "no". */
function parseBoolean(text: string, adviceIfEmpty: string): boolean {
  if (['true', 'True', 'TRUE'].includes(text)) return true
  if (['false', 'False', 'FALSE'].includes(text)) return false
  throw text === ''
    ? wrong('is empty, which is neither true nor false', adviceIfEmpty)
    : wrong(`"${printable(text)}" is neither true nor false`, 'Write true or false.')
}
