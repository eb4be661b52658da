/**
 * Rotation: the earlier images that a moved tag leaves behind.
 *
 *     tag         now   wanted = source, then what the tags hold, each image once, cut off at the last tag
 *     nightly     A     S
 *     nightly-1   B     A      written third
 *     nightly-2   C     B      written second
 *     nightly-3   –     C      written first
 *
 * The order of the writes is such that every image which stays is under some tag at any moment: an image that goes to an
 * older tag is written there before the tag that it leaves is, so these run from the oldest to the newest; one that closes a
 * gap goes to a newer tag, and these run from the newest to the oldest, before the others. A run that was cut off anywhere
 * leaves tags of which the same list is made again.
 */
import type { Digest } from '../oci/digest.ts'
import { type Manifest, isNamedBy } from '../oci/manifest.ts'

/** One tag of a rotation that is to be written. */
export interface Shift {
  /** The number of the tag: 1 for TAG-1. */
  readonly number: number
  readonly digest: Digest
}

/**
 * Lists the writes of a rotation, in their order. `held` is what TAG, TAG-1, TAG-2 … hold; undefined for one that does not
 * exist. TAG itself, which is to get `source` after all these, is not among them.
 */
export function rotate(
  source: Pick<Manifest, 'bytes' | 'digest'>,
  held: readonly (Digest | undefined)[]
): Shift[] {
  const history = held.map(digest => (digest && isNamedBy(source, digest) ? source.digest : digest))
  const images = history.filter(digest => digest !== undefined)
  const wanted = [...new Set([source.digest, ...images])].slice(0, history.length)
  const shifts = wanted
    .map((digest, number) => ({ digest, number }))
    .filter(({ digest, number }) => number > 0 && history[number] !== digest)
  const closesGap = ({ digest, number }: Shift): boolean => history.indexOf(digest) > number
  return [...shifts.filter(closesGap), ...shifts.filter(shift => !closesGap(shift)).toReversed()]
}
