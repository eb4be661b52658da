/**
 * Makes an index of images that are in a registry. The same parts and annotations always give the same bytes.
 *
 *     a part            becomes
 *     an image          a descriptor: media type, digest and size of its manifest, the platform of its config
 *     an index          each of its descriptors as it stands, those of attestations too
 *     one index alone   itself, where no annotations are added: existing bytes are never re-serialised
 *
 * The index is a Docker manifest list where all of that is Docker's and there are no annotations, which such a list cannot have;
 * else it is an OCI index.
 */
import { configOf } from './config.ts'
import { partsOf } from './descriptor.ts'
import { PromotionError, during } from './errors.ts'
import { encodeIndex } from './index-json.ts'
import { parseJson } from './json.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest, readManifest } from './manifest.ts'
import { DOCKER_LIST, OCI_INDEX, isDockerManifest } from './media-type.ts'
import { type Platform, platformKey, platformName, readPlatform } from './platform.ts'
import { type Reference, formatReference } from './reference.ts'

/** The most bytes of the manifests of all parts: once parsed, JSON takes many times its size in memory. */
export const MAXIMUM_PARTS_BYTES = 4 * MAXIMUM_MANIFEST_BYTES

/** A part of an index. */
export interface IndexPart {
  readonly reference: Reference
  readonly manifest: Manifest
  /** What the config of an image states; absent for an index. */
  readonly platform?: Platform | undefined
}

/** What an index is to be like. */
export interface IndexOptions {
  /** The order of the parts: as given, or by the names of their platforms, of an index by its first. */
  readonly order: 'given' | 'platform'
  readonly annotations: Readonly<Record<string, string>>
}

/** What a part becomes. */
interface Described {
  readonly part: IndexPart
  /** Its platform, of an index the first. */
  readonly platform: Platform
  readonly entries: readonly Entry[]
}

/** A descriptor of the index. */
interface Entry {
  readonly part: IndexPart
  readonly descriptor: Readonly<Record<string, unknown>>
  /** The platform of an image; undefined for attestations and other artifacts. */
  readonly platform: Platform | undefined
  /** The same where the same manifest is listed for the same platform. */
  readonly identity: string
}

/**
 * Makes an index. Throws `MANIFEST_UNSUPPORTED` for a part that is no image or names no platform, for two different images for one
 * platform, and for an index that is too large.
 */
export function makeIndex(parts: readonly IndexPart[], { order, annotations }: IndexOptions): Manifest {
  const distinct = [...new Map(parts.map(part => [part.manifest.digest, part])).values()]
  const described = distinct.map(part => (part.manifest.kind === 'index' ? ofIndex(part) : ofImage(part)))
  const isAnnotated = Object.keys(annotations).length > 0
  const [only, ...others] = distinct
  if (only?.manifest.kind === 'index' && others.length === 0 && !isAnnotated) return only.manifest
  if (order === 'platform') described.sort((one, other) => (sortKeyOf(one) < sortKeyOf(other) ? -1 : 1))
  const entries = distinctEntries(described)
  const bytes = encodeIndex({
    schemaVersion: 2,
    mediaType: described.every(isDocker) && !isAnnotated ? DOCKER_LIST : OCI_INDEX,
    manifests: entries.map(({ descriptor }) => descriptor),
    ...(isAnnotated && { annotations })
  })
  refuseConflicts(described, entries)
  return readManifest({ bytes, contentType: '' })
}

function ofImage(part: IndexPart): Described {
  const { manifest, platform } = part
  if (configOf(manifest) === undefined)
    throw unusable(part, 'is not an image', 'The parts of an index are images, or indexes of images.')
  if (platform === undefined) {
    throw unusable(
      part,
      'has no platform: its config names no os and architecture',
      'Name the image that was built. What is attached to an image, such as an attestation, comes along with its index.'
    )
  }
  const { mediaType, digest, bytes } = manifest
  const descriptor = { mediaType, digest, size: bytes.length, platform }
  return { part, platform, entries: [{ part, descriptor, platform, identity: identityOf(digest, platform) }] }
}

function ofIndex(part: IndexPart): Described {
  const entries = descriptorsOf(part).map((descriptor): Entry => {
    const stated = readPlatform(descriptor.platform)
    const platform = descriptor.artifactType === undefined ? stated : undefined
    return { part, descriptor, platform, identity: identityOf(descriptor.digest as string, stated) }
  })
  const [platform] = entries.flatMap(entry => entry.platform ?? [])
  if (platform !== undefined) return { part, platform, entries }
  throw unusable(part, 'lists no image for a platform', 'Name the image that was built.')
}

function descriptorsOf({ reference, manifest }: IndexPart): readonly Entry['descriptor'][] {
  try {
    // Checks them; that view lacks the fields that are not read.
    partsOf(manifest)
  } catch (error) {
    throw during(formatReference(reference), error)
  }
  return (parseJson(manifest.bytes) as { readonly manifests: readonly Entry['descriptor'][] }).manifests
}

function identityOf(digest: string, platform: Platform | undefined): string {
  return platform === undefined ? digest : `${digest} ${platformKey(platform)}`
}

/** What is listed decides before the bytes of the part that lists it; no two parts have the same key. */
function sortKeyOf({ part, platform, entries }: Described): string {
  const listed = entries.map(({ identity }) => identity)
  return [platformName(platform), ...listed, part.manifest.digest].join(' ')
}

function distinctEntries(described: readonly Described[]): Entry[] {
  const entries = new Map<string, Entry>()
  for (const entry of described.flatMap(each => each.entries))
    if (!entries.has(entry.identity)) entries.set(entry.identity, entry)
  return [...entries.values()]
}

function isDocker({ part, entries }: Described): boolean {
  const types = [part.manifest.mediaType, ...entries.map(({ descriptor }) => descriptor.mediaType as string)]
  return types.every(type => isDockerManifest(type.toLowerCase()))
}

/** The different images of an index for one platform. */
interface Rivals {
  readonly platform: Platform
  readonly entries: Entry[]
}

/** Refuses two different images for one platform, unless one part lists both: it tells them apart by something else. */
function refuseConflicts(described: readonly Described[], entries: readonly Entry[]): void {
  const rivals = new Map<string, Rivals>()
  for (const entry of entries) {
    const { platform } = entry
    if (platform === undefined) continue
    const known = rivals.get(platformKey(platform)) ?? { platform, entries: [] }
    known.entries.push(entry)
    rivals.set(platformKey(platform), known)
  }
  const listed = described.map(each => new Set(each.entries.map(({ identity }) => identity)))
  for (const group of rivals.values()) {
    const isOneParts = listed.some(own => group.entries.every(({ identity }) => own.has(identity)))
    if (!isOneParts) throw conflict(group)
  }
}

function conflict({ platform, entries }: Rivals): PromotionError {
  const parts = [...new Set(entries.map(({ part }) => formatReference(part.reference)))]
  return new PromotionError(
    'MANIFEST_UNSUPPORTED',
    `${parts.slice(0, 2).join(' and ')} have different images for one platform, ${platformName(platform)}`,
    {
      advice:
        'An index has one image for each platform. Leave out one of the two, or build it for the platform that was meant.'
    }
  )
}

function unusable({ reference }: IndexPart, why: string, advice: string): PromotionError {
  return new PromotionError('MANIFEST_UNSUPPORTED', `${formatReference(reference)} ${why}`, { advice })
}
