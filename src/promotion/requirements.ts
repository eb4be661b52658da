/** The requirements: what a source has to be before it is promoted. */
import type { Digest } from '../oci/digest.ts'
import { digestOf } from '../oci/digester.ts'
import { PromotionError } from '../oci/errors.ts'
import { listPlatforms, missingPlatforms } from '../oci/platform.ts'
import type { SourceImage } from './snapshot.ts'

/** What the user demands of a source. */
export interface Requirements {
  /** Input `expect-digest`. */
  readonly digest?: Digest
  /** Input `require-platforms`. */
  readonly platforms: readonly string[]
}

/** Checks an image: `DIGEST_MISMATCH` or `PLATFORM_MISSING` where it does not meet the requirements, undefined where it does. */
export function unmetRequirement(
  { manifest, platforms }: SourceImage,
  required: Requirements
): PromotionError | undefined {
  const { bytes, digest } = manifest
  if (required.digest !== undefined && digestOf(bytes, required.digest) !== required.digest) {
    return new PromotionError(
      'DIGEST_MISMATCH',
      `it is ${digest}, and expect-digest says ${required.digest}`,
      {
        advice:
          'Another image has been pushed under this name since it was tested. Promote by the digest that was tested.'
      }
    )
  }
  const missing = missingPlatforms(required.platforms, platforms)
  if (missing.length === 0) return undefined
  const has = platforms.length === 0 ? 'names no platform' : `has ${listPlatforms(platforms)}`
  return new PromotionError('PLATFORM_MISSING', `it lacks ${listPlatforms(missing)}; it ${has}`, {
    advice: 'Build the image for every platform in require-platforms, or remove the platform from that list.'
  })
}
