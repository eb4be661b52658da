/**
 * What is attached to an image from outside: referrers, and the tags that stand in for them.
 *
 *     sha256-<hex>                      the list of referrers where a registry keeps none itself (distribution
 *                                       specification, "Referrers Tag Schema")
 *     sha256-<hex>.sig .att .sbom       cosign's signatures, attestations and SBOMs of before referrers
 *
 * The lists of referrers are the only manifests that Retag writes itself; all others stay the bytes they are.
 */
import { type Descriptor, parseDescriptors, partsOf } from './descriptor.ts'
import type { Digest } from './digest.ts'
import { PromotionError } from './errors.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest, readManifest } from './manifest.ts'
import { OCI_INDEX, kindOfManifest } from './media-type.ts'
import { type Tag, parseTag } from './reference.ts'

const MAXIMUM_HEX = 64

/** Names the tag under which a list of referrers is kept where the registry has no referrers API. */
export function referrersTag(subject: Digest): Tag {
  const [algorithm = '', hex = ''] = subject.split(':')
  return parseTag(`${algorithm}-${hex.slice(0, MAXIMUM_HEX)}`)
}

/** Names the tags that cosign gives to what it attaches; none for sha512, whose tags would be too long. */
export function cosignTags(subject: Digest): Tag[] {
  if (!subject.startsWith('sha256:')) return []
  return ['.sig', '.att', '.sbom'].map(suffix => parseTag(subject.replace(':', '-') + suffix))
}

/**
 * Reads the answer of the referrers API: what refers to the subject that was asked about. Throws `MANIFEST_UNSUPPORTED` for
 * what is no list of descriptors. Quirk: where nothing refers to it, some registries say `null` for the empty list.
 */
export function readReferrers(bytes: Uint8Array): Descriptor[] {
  return parseDescriptors(bytes, 'manifests').filter(
    ({ mediaType }) => kindOfManifest(mediaType) !== undefined
  )
}

/** Tells whether a manifest is a list of referrers; cosign also gives the tag of one to plain images. */
export function isReferrersList({ mediaType }: Manifest): boolean {
  return mediaType === OCI_INDEX
}

/**
 * Adds referrers to a list, which keeps all that it holds; undefined where it lists them all already.
 * Throws `REGISTRY_REJECTED` for what is no list, or would become too large.
 */
export function addReferrers(
  list: Manifest | undefined,
  referrers: readonly Manifest[]
): Manifest | undefined {
  if (list !== undefined && !isReferrersList(list))
    throw unlistable('the tag of its list holds an image, which is left alone')
  const listed = new Set(list === undefined ? [] : partsOf(list).manifests.map(({ digest }) => digest))
  const added = referrers.filter(({ digest }) => !listed.has(digest))
  if (added.length === 0) return undefined
  const bytes = withEntries(list?.content ?? {}, added.map(entryOf))
  if (bytes.length > MAXIMUM_MANIFEST_BYTES) throw unlistable('its list has no more room')
  return readManifest({ bytes, contentType: OCI_INDEX })
}

function withEntries(content: Manifest['content'], added: readonly object[]): Uint8Array {
  const { schemaVersion = 2, mediaType = OCI_INDEX, manifests = [], ...rest } = content
  const entries = [...(manifests as readonly unknown[]), ...added]
  return new TextEncoder().encode(JSON.stringify({ schemaVersion, mediaType, manifests: entries, ...rest }))
}

function entryOf({ mediaType, digest, bytes, content }: Manifest): object {
  const config = content.config as { mediaType?: unknown } | undefined
  const artifactType = content.artifactType ?? config?.mediaType
  const { annotations } = content
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType }),
    ...(annotations !== undefined && { annotations })
  }
}

function unlistable(why: string): PromotionError {
  return new PromotionError(
    'REGISTRY_REJECTED',
    `the registry keeps no list of referrers itself, and ${why}`,
    {
      advice: 'Use a registry with the referrers API, or delete the tag if nobody needs it.'
    }
  )
}
