/**
 * Compares two images by what they say of their own version and creation.
 *
 *     versions of wanted and present      creation        the wanted image is
 *     pre-release, release                any             older: a pre-release never takes a tag from a release
 *     higher                              any             newer
 *     lower                               any             older
 *     equal, or one is no semantic one    later           newer
 *     equal, or one is no semantic one    earlier         older
 *     equal, or one is no semantic one    equal, unknown  not to be compared
 */
import type { VersionMetadata } from '../oci/annotations.ts'
import { compareVersions, parseVersion } from './version.ts'

/** How the wanted image compares with the present one. */
export interface Comparison {
  readonly kind: 'newer' | 'older' | 'incomparable'
  /** What decided: the versions that are published, those that the images state, or when they were created. */
  readonly by: 'published' | 'version' | 'created'
  /** Why, as the second half of a sentence. */
  readonly reason: string
}

// RFC 3339, as the image specification has it; JavaScript would also parse other texts as dates.
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i

/** Compares the image that is wanted with the one that is there, by the table above. */
export function compareMetadata(wanted: VersionMetadata, present: VersionMetadata): Comparison {
  const [mine, theirs] = [wanted, present].map(({ version }) => parseVersion(version ?? ''))
  if (mine === undefined || theirs === undefined) return compareCreation(wanted, present)
  if (mine.isPreRelease && !theirs.isPreRelease) {
    return byVersion(
      'older',
      `${mine.text} is a pre-release, and never takes a tag from a release (${theirs.text})`
    )
  }
  const order = compareVersions(mine, theirs)
  if (order === 0) return compareCreation(wanted, present)
  return order > 0
    ? byVersion('newer', `version ${mine.text} is higher than ${theirs.text}`)
    : byVersion('older', `version ${mine.text} is lower than ${theirs.text}`)
}

function compareCreation(wanted: VersionMetadata, present: VersionMetadata): Comparison {
  const [mine, theirs] = [timeOf(wanted), timeOf(present)]
  if (Number.isNaN(mine) || Number.isNaN(theirs)) {
    return byCreation('incomparable', 'not both images state a semantic version or when they were created')
  }
  if (mine === theirs) return byCreation('incomparable', `both images were created at ${print(mine)}`)
  return byCreation(
    mine > theirs ? 'newer' : 'older',
    `it was created at ${print(mine)}, the other at ${print(theirs)}`
  )
}

/** The moment of creation, in milliseconds since 1970; NaN where it is not known. */
function timeOf({ created = '' }: VersionMetadata): number {
  return TIMESTAMP.test(created) ? Date.parse(created) : NaN
}

function print(time: number): string {
  return new Date(time).toISOString()
}

function byVersion(kind: Comparison['kind'], reason: string): Comparison {
  return { kind, by: 'version', reason }
}

function byCreation(kind: Comparison['kind'], reason: string): Comparison {
  return { kind, by: 'created', reason }
}
