/**
 * Published versions: which of two images is newer, by the tags that a repository has (contract: *Forward*).
 *
 *     floating tag      looks at the tags
 *     1   v1            1.x.y
 *     1.4               1.4.y
 *     latest   stable   of all full versions
 *     latest-alpine   1-alpine   alpine   the same, of those that end in -alpine alone
 *
 *     the wanted version is                           the wanted image is
 *     a release, and the highest release is lower     newer
 *     a release, and the highest release is equal     newer
 *     a release, and the highest release is higher    older
 *     a pre-release, and there is a release           older
 *     a pre-release, and there is none                compared with the highest pre-release
 *     of no version, or there is nothing to compare   undefined: published versions cannot tell
 */
import type { Tag } from '../oci/reference.ts'
import { type Version, compareVersions, parseVersion } from './version.ts'
import type { Comparison } from './version-metadata.ts'

/** A version of three numbers or more. */
interface FullVersion {
  /** The tag. */
  readonly text: string
  readonly numbers: readonly string[]
  /** The first three numbers and the pre-release, for the library to order. */
  readonly version: Version
}

/** What a floating tag covers: the first numbers of its versions, and the suffix of its tags. */
interface Line {
  readonly numbers: readonly string[]
  /** `-alpine`, or empty. */
  readonly suffix: string
}

const FULL = /^v?(\d+(?:\.\d+){2,})(-.+)?$/
const LINE = /^v?(\d+(?:\.\d+)?)(-.+)?$/

/** Tells whether a tag is a full version, of whatever flavour: such tags alone make published versions worth reading. */
export function isFullVersion(tag: Tag): boolean {
  return FULL.test(tag)
}

/**
 * Compares the image that gets the tags `given` with what is `published`, for a floating tag; undefined where that cannot tell.
 */
export function comparePublished(
  floating: Tag,
  given: readonly Tag[],
  published: readonly Tag[]
): Comparison | undefined {
  const line = lineOf(floating, [...given, ...published])
  const wanted = highest(given.flatMap(tag => parseFull(tag, line.suffix) ?? parseFull(tag, '') ?? []))
  if (wanted === undefined) return undefined
  const others = published
    .flatMap(tag => parseFull(tag, line.suffix) ?? [])
    .filter(({ numbers }) => line.numbers.every((number, index) => numbers[index] === number))
  const release = highest(others.filter(({ version }) => !version.isPreRelease))
  if (wanted.version.isPreRelease && release !== undefined) {
    const reason = `${wanted.text} is a pre-release, and the release ${release.text} is published`
    return { kind: 'older', by: 'published', reason }
  }
  const present = wanted.version.isPreRelease ? highest(others) : release
  return present && compareTo(present, wanted)
}

function compareTo(present: FullVersion, wanted: FullVersion): Comparison {
  const order = compareFull(wanted, present)
  if (order < 0)
    return {
      kind: 'older',
      by: 'published',
      reason: `${present.text} is published, and ${wanted.text} is lower`
    }
  const relation = order === 0 ? `it is ${wanted.text}` : `${wanted.text} is higher than ${present.text}`
  return { kind: 'newer', by: 'published', reason: `${relation}, the highest version published` }
}

/** Finds what a floating tag covers. Its flavour is a suffix that full versions have, here or in the repository. */
function lineOf(floating: Tag, tags: readonly Tag[]): Line {
  const [, numbers, suffix = ''] = LINE.exec(floating) ?? []
  if (numbers !== undefined) return { numbers: numbers.split('.').map(withoutZeros), suffix }
  const parts = `-${floating}`.split(/(?=-)/)
  const suffixes = parts.map((_, index) => parts.slice(index).join(''))
  const isKnown = (each: string): boolean => tags.some(tag => parseFull(tag, each) !== undefined)
  return { numbers: [], suffix: suffixes.find(isKnown) ?? '' }
}

/** Reads a full version off a tag that ends in a suffix; undefined for any other. */
function parseFull(tag: Tag, suffix: string): FullVersion | undefined {
  if (!tag.endsWith(suffix)) return undefined
  const [, dotted, preRelease = ''] = FULL.exec(tag.slice(0, tag.length - suffix.length)) ?? []
  if (dotted === undefined) return undefined
  const numbers = dotted.split('.').map(withoutZeros)
  const version = parseVersion(numbers.slice(0, 3).join('.') + preRelease)
  return version && { text: tag, numbers, version }
}

function highest(versions: readonly FullVersion[]): FullVersion | undefined {
  return versions.reduce<FullVersion | undefined>(
    (best, each) => (best === undefined || compareFull(each, best) > 0 ? each : best),
    undefined
  )
}

function compareFull(one: FullVersion, other: FullVersion): number {
  for (let index = 0; index < Math.max(one.numbers.length, other.numbers.length); index++) {
    const order = compareNumbers(one.numbers[index] ?? '0', other.numbers[index] ?? '0')
    if (order !== 0) return order
  }
  return compareVersions(one.version, other.version)
}

/** Orders whole numbers of any length. */
function compareNumbers(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length
  return one < other ? -1 : Number(one > other)
}

function withoutZeros(number: string): string {
  return number.replace(/^0+(?=\d)/, '')
}
