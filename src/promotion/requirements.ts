/** The gate: what a source must be before it is promoted. */
import { type Digest, digestOf } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import type { Manifest } from '../oci/manifest.ts'
import { missingPlatforms } from '../oci/platform.ts'

/** What the user demands of the source. */
export interface Gate {
  /** Input `expect-digest`. */
  readonly digest?: Digest
  /** Input `require-platforms`. */
  readonly platforms: readonly string[]
}

/** A gate that lets everything pass. */
export const openGate: Gate = { platforms: [] }

/** Tells why a source may not pass: `DIGEST_MISMATCH`, `PLATFORM_MISSING`; undefined when it may. `platforms` are the source's own. */
export function objectionTo(
  { bytes, digest }: Manifest,
  platforms: readonly string[],
  gate: Gate
): PromotionError | undefined {
  if (gate.digest !== undefined && digestOf(bytes, gate.digest) !== gate.digest) {
    return new PromotionError('DIGEST_MISMATCH', `it is ${digest}, and expect-digest says ${gate.digest}`, {
      advice:
        'Somebody has pushed another image under this name since. Promote by the digest that was tested.'
    })
  }
  const missing = missingPlatforms(gate.platforms, platforms)
  if (missing.length === 0) return undefined
  const has = platforms.length === 0 ? 'names no platform' : `has ${platforms.join(', ')}`
  return new PromotionError('PLATFORM_MISSING', `it lacks ${missing.join(', ')}; it ${has}`, {
    advice:
      'Build the image for every platform that require-platforms names, or take the platform off that list.'
  })
}
