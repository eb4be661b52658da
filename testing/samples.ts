/** Values shared by the tests of decisions and reports. */
import { type Digest, parseDigest } from '../src/oci/digest.ts'
import { type Manifest, readManifest } from '../src/oci/manifest.ts'
import { type Target, asTarget, parseReference } from '../src/oci/reference.ts'
import type { IndexSource, Source } from '../src/promotion/source.ts'
import { type Image, image } from './images.ts'

/** Parses a built image as if a registry had served it. */
export function manifestOf({ bytes, mediaType }: Image = image()): Manifest {
  return readManifest({ bytes, contentType: mediaType })
}

/** Creates the target `ghcr.io/acme/app:TAG`. */
export function targetOf(tag: string): Target {
  return asTarget(parseReference(`ghcr.io/acme/app:${tag}`))
}

/** Creates the source of a full reference. */
export function sourceOf(reference: string): Source {
  return { kind: 'image', reference: parseReference(reference) }
}

/** Creates an index of images, by their full references. */
export function indexSourceOf(
  [first, ...others]: readonly [string, ...string[]],
  differing: Partial<Pick<IndexSource, 'order' | 'annotations'>> = {}
): IndexSource {
  const parts = [parseReference(first), ...others.map(parseReference)] as const
  return { kind: 'index', parts, order: 'given', annotations: {}, ...differing }
}

/** A digest that no sample has. */
export const otherDigest: Digest = parseDigest(`sha256:${'0123456789abcdef'.repeat(4)}`)
