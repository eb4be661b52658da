/**
 * What is attached to an image from outside: referrers, and the tags used instead of them.
 *
 *     sha256-<hex>                      the list of referrers where a registry keeps none itself (distribution
 *                                       specification, "Referrers Tag Schema")
 *     sha256-<hex>.sig .att .sbom       cosign's signatures, attestations and SBOMs of before referrers
 *
 * Lists of referrers, and indexes made of several images (make-index.ts), are the only manifests that Retag writes itself.
 */
import { type Descriptor, parseDescriptors, partsOf } from './descriptor.ts'
import type { Digest } from './digest.ts'
import { isDigestOf } from './digester.ts'
import { PromotionError } from './errors.ts'
import { isObject, parseJson } from './json.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest, readManifest } from './manifest.ts'
import { OCI_INDEX, kindOfManifest } from './media-type.ts'
import { type Tag, parseTag } from './reference.ts'

const MAXIMUM_HEX = 64

/**
 * Reads an answer of the referrers API that does not have the media type of an index: undefined where it is no list. Quirk:
 * Harbor 2.8 and 2.9 send their lists as `application/json`.
 */
export function readUntypedReferrers(bytes: Uint8Array): Descriptor[] | undefined {
  try {
    const { mediaType = OCI_INDEX, manifests } = parseJson(bytes) as Partial<Manifest['content']>
    return mediaType === OCI_INDEX && Array.isArray(manifests) ? readReferrers(bytes) : undefined
  } catch (error) {
    if (error instanceof PromotionError) throw error
    return undefined
  }
}

/** Names the tag under which a list of referrers is kept where the registry has no referrers API. */
export function referrersTag(subject: Digest): Tag {
  return parseTag(subject.slice(0, subject.indexOf(':') + 1 + MAXIMUM_HEX).replace(':', '-'))
}

/** Names the tags that cosign gives to what it attaches; none for sha512, whose tags would be too long. */
export function cosignTags(subject: Digest): Tag[] {
  if (!subject.startsWith('sha256:')) return []
  return ['.sig', '.att', '.sbom'].map(suffix => parseTag(subject.replace(':', '-') + suffix))
}

/**
 * Tells whether one manifest under a cosign tag can replace another without loss: it has all the other's layers, with
 * the same annotations, for cosign keeps each signature in one of those. False where the other is an index or has no layers.
 */
export function hasLayersOf(manifest: Manifest, other: Manifest): boolean {
  const layers = layersOf(manifest)
  const others = layersOf(other)
  return others.size > 0 && [...others].every(layer => layers.has(layer))
}

/** Lists a manifest's layers as JSON, the same for the same descriptor in whatever order its fields are; none of an index. */
function layersOf({ bytes }: Manifest): ReadonlySet<string> {
  const { layers } = parseJson(bytes) as { readonly layers?: unknown }
  return new Set((Array.isArray(layers) ? layers : []).map(layer => JSON.stringify(layer, sortFields)))
}

function sortFields(_name: string, value: unknown): unknown {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
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

/**
 * Tells whether the manifest under a subject's tag is a list of referrers. It is none when it is the subject itself (GitLab
 * reads the tag as the digest), or an index of images, which `cosign copy` leaves there: these have platforms.
 */
export function isReferrersList({ mediaType, bytes, content }: Manifest, subject: Digest): boolean {
  if (mediaType !== OCI_INDEX || isDigestOf(bytes, subject)) return false
  return (content.manifests as readonly unknown[]).every(
    entry => !isObject(entry) || entry.platform === undefined
  )
}

/**
 * Adds referrers to the list of a subject, which keeps all that it holds; undefined where it lists them all already.
 * Throws `REGISTRY_REJECTED` for what is no list, or would become too large.
 */
export function addReferrers(
  subject: Digest,
  list: Manifest | undefined,
  referrers: readonly Manifest[]
): Manifest | undefined {
  if (list !== undefined && !isReferrersList(list, subject))
    throw unlistable('the tag for its list holds an image, which is left alone')
  const listed = new Set(list === undefined ? [] : partsOf(list).manifests.map(({ digest }) => digest))
  const added = referrers.filter(({ digest }) => !listed.has(digest))
  if (added.length === 0) return undefined
  const bytes = withEntries(list?.bytes, added.map(entryOf))
  if (bytes.length > MAXIMUM_MANIFEST_BYTES) throw unlistable('its list has no more room')
  return readManifest({ bytes, contentType: OCI_INDEX })
}

function withEntries(list: Uint8Array | undefined, added: readonly object[]): Uint8Array {
  const content = list === undefined ? {} : (parseJson(list) as Manifest['content'])
  const { schemaVersion = 2, mediaType = OCI_INDEX, manifests = [], ...rest } = content
  const entries = [...(manifests as readonly unknown[]), ...added]
  return new TextEncoder().encode(JSON.stringify({ schemaVersion, mediaType, manifests: entries, ...rest }))
}

function entryOf({ mediaType, digest, bytes }: Manifest): object {
  const { annotations, config, ...content } = parseJson(bytes) as Record<string, unknown>
  const artifactType = content.artifactType ?? (config as { mediaType?: unknown } | undefined)?.mediaType
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
      advice:
        'Use a registry with the referrers API. Do not delete the tag: it may be all that keeps the image.'
    }
  )
}
