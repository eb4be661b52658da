/**
 * Manifests: the exact bytes a registry served, and a view of what they say. The bytes are never re-serialised.
 *
 *     asked by        Docker-Content-Digest   answer
 *     digest (GET)    any                     the computed digest must equal the asked one, else DIGEST_MISMATCH
 *     tag    (GET)    present, not the bytes' DIGEST_MISMATCH (detects a substituted child)
 *     tag    (GET)    equal or missing        the computed digest
 */
import { objectionTo } from './ambiguity.ts'
import { type Digest, isDigest } from './digest.ts'
import { digestOf, isDigestOf } from './digester.ts'
import { PromotionError } from './errors.ts'
import { isObject, parseJson } from './json.ts'
import { readFieldsOf } from './manifest-fields.ts'
import {
  type ManifestKind,
  describeMediaType,
  inferMediaType,
  isSchema1,
  isUnspecific,
  kindOfManifest,
  withoutParameters
} from './media-type.ts'
import { formatPlatform, listPlatforms } from './platform.ts'
import { printable } from './printable.ts'

/** The largest manifest that is read: what registries and clients agree on (Azure, oras, containers/image). */
export const MAXIMUM_MANIFEST_BYTES = 4 * 1024 * 1024

/** A manifest as a registry served it. */
export interface Manifest {
  /** The bytes as received; the digest is theirs. */
  readonly bytes: Uint8Array
  readonly digest: Digest
  readonly mediaType: string
  readonly kind: ManifestKind
  /** What the bytes say in the fields that are read, as parsed JSON; the values have not been checked. */
  readonly content: Readonly<Record<string, unknown>>
}

/** A registry's answer to a request for a manifest. */
export interface ServedManifest {
  readonly bytes: Uint8Array
  /** The `Content-Type` header, empty where there is none. */
  readonly contentType: string
  /** The `Docker-Content-Digest` header. */
  readonly digestHeader?: string | undefined
  /** The digest that was asked for, where it was one. */
  readonly asked?: Digest | undefined
}

/**
 * Reads a served manifest.
 * Throws `MANIFEST_UNSUPPORTED` for schema 1 under any media type, and for what is no manifest or an ambiguous one
 * (CVE-2021-41190), `DIGEST_MISMATCH` by the table above.
 */
export function readManifest(served: ServedManifest): Manifest {
  const declared = withoutParameters(served.contentType)
  // The view may lose bytes that are no UTF-8; the bytes themselves are what is hashed and uploaded.
  const text = new TextDecoder().decode(served.bytes)
  const content = parseContent(text, declared)
  refuseSchema1(content, declared)
  const mediaType = mediaTypeOf(content, declared)
  const kind = mediaType === undefined ? undefined : kindOfManifest(mediaType)
  if (mediaType === undefined || kind === undefined) {
    throw unsupported(
      `the registry answered with "${printable(mediaType ?? declared)}", which is not a manifest Retag knows`
    )
  }
  refuseConfusion(content, kind)
  refuseAmbiguity(text)
  return {
    bytes: served.bytes,
    digest: verifiedDigest(served),
    mediaType,
    kind,
    content: readFieldsOf(content)
  }
}

/** Tells whether a digest names a manifest, whichever algorithm it is by: one registry names a tag by sha256, a user by sha512. */
export function isNamedBy(manifest: Pick<Manifest, 'bytes' | 'digest'>, digest: Digest): boolean {
  const isSameAlgorithm = digest.length === manifest.digest.length
  return isSameAlgorithm ? digest === manifest.digest : isDigestOf(manifest.bytes, digest)
}

/** Lists the platforms of an index as `os/architecture[/variant]`, in its order, each once; attestations have none. */
export function platformsOf(manifest: Manifest): string[] {
  return [...new Set(imagesOf(manifest).map(({ platform }) => platform))]
}

/** An image that an index lists. */
export interface PlatformImage {
  readonly platform: string
  readonly digest: unknown
}

/** Lists the images of an index that are for a platform, in its order. */
export function imagesOf(manifest: Manifest): PlatformImage[] {
  return childrenOf(manifest).flatMap(child => {
    const platform = formatPlatform(child.platform)
    return platform === undefined ? [] : [{ platform, digest: child.digest }]
  })
}

/**
 * Lists BuildKit's attestations in an index: the digest of each, and of the image that it is about. They are made for that image, and
 * nothing refers to them in turn.
 */
export function attestationsIn(manifest: Manifest): ReadonlyMap<unknown, unknown> {
  return new Map(
    childrenOf(manifest).flatMap(({ digest, platform, annotations }) =>
      formatPlatform(platform) === undefined &&
      isObject(annotations) &&
      annotations['vnd.docker.reference.type'] === 'attestation-manifest'
        ? [[digest, annotations['vnd.docker.reference.digest']]]
        : []
    )
  )
}

function childrenOf({ content }: Manifest): Readonly<Record<string, unknown>>[] {
  return Array.isArray(content.manifests) ? content.manifests.filter(isObject) : []
}

/** Describes a manifest for people: what it is, its size, its platforms (see {@link listPlatforms}). */
export function describeManifest(manifest: Manifest): string {
  const platforms = platformsOf(manifest)
  const facts = [
    describeMediaType(manifest.mediaType),
    `${manifest.bytes.length.toString()} bytes`,
    ...(platforms.length > 0 ? [listPlatforms(platforms)] : [])
  ]
  return facts.join(', ')
}

function parseContent(text: string, declared: string): Readonly<Record<string, unknown>> {
  try {
    const content = parseJson(text)
    if (isObject(content)) return content
  } catch {
    // Not JSON: refused below, with schema 1 named where the type says so (its payload may be signed, pretty-printed or cut).
  }
  refuseSchema1({}, declared)
  throw unsupported(
    `the registry answered with something that is not a manifest (content type "${printable(declared)}")`
  )
}

function refuseSchema1(content: Readonly<Record<string, unknown>>, declared: string): void {
  const inner = typeof content.mediaType === 'string' ? content.mediaType.toLowerCase() : ''
  const signs = [
    ...(isNumber(content.schemaVersion, 1) ? ['schemaVersion 1'] : []),
    ...['fsLayers', 'history', 'signatures'].filter(field => field in content)
  ]
  if (!isSchema1(declared) && !isSchema1(inner) && signs.length === 0) return
  const seen = printable(isSchema1(inner) ? inner : declared)
  throw new PromotionError(
    'MANIFEST_UNSUPPORTED',
    `the registry answered with a schema-1 manifest (media type "${seen}"${signs.length > 0 ? `; it has ${signs.join(', ')}` : ''})`,
    {
      advice:
        "Such a manifest cannot be retagged: its signature covers the image's name and tag. Push the image again with a current " +
        'builder (or convert it: skopeo copy --format v2s2), or have the registry stop falling back to schema 1.'
    }
  )
}

function mediaTypeOf(content: Readonly<Record<string, unknown>>, declared: string): string | undefined {
  const inner = content.mediaType
  if (inner !== undefined && typeof inner !== 'string')
    throw unsupported('the manifest’s mediaType is not a text')
  if (isUnspecific(declared)) return inner ?? inferMediaType(content)
  if (inner !== undefined && inner.toLowerCase() !== declared) {
    throw unsupported(
      `the registry says the manifest is "${printable(declared)}", the manifest itself says "${printable(inner)}"`
    )
  }
  return declared
}

function refuseConfusion(content: Readonly<Record<string, unknown>>, kind: ManifestKind): void {
  const isIndexLike = 'manifests' in content
  const isImageLike = 'config' in content || 'layers' in content
  if (isIndexLike && isImageLike)
    throw unsupported('the manifest is an index and an image at once (CVE-2021-41190)')
  if (kind === 'index' && !Array.isArray(content.manifests)) throw unsupported('the index lists no manifests')
  if (kind === 'image' && isIndexLike)
    throw unsupported('the manifest is called an image and lists manifests (CVE-2021-41190)')
}

function refuseAmbiguity(text: string): void {
  const objection = objectionTo(text)
  if (objection !== undefined) throw unsupported(`the manifest can be read in two ways: ${objection}`)
}

function verifiedDigest({ bytes, digestHeader, asked }: ServedManifest): Digest {
  if (asked !== undefined) {
    const digest = digestOf(bytes, asked)
    if (digest !== asked) throw mismatch(`asked for ${asked}, the registry answered with ${digest}`)
  }
  if (digestHeader !== undefined) {
    if (!isDigest(digestHeader))
      throw mismatch(`the registry named an impossible digest, "${printable(digestHeader)}"`)
    const digest = digestOf(bytes, digestHeader)
    if (digest !== digestHeader)
      throw mismatch(`the registry named ${digestHeader}, the manifest it sent is ${digest}`)
  }
  return digestOf(bytes, asked)
}

/** Tells whether a value is a number, or a text of one; `Number` would call an object's methods. */
function isNumber(value: unknown, number: number): boolean {
  return (typeof value === 'number' || typeof value === 'string') && Number(value) === number
}

function unsupported(message: string): PromotionError {
  return new PromotionError('MANIFEST_UNSUPPORTED', message, {
    advice:
      'Retag moves Docker (version 2) and OCI manifests, indexes and artifacts. Check that the reference names an image and that ' +
      'nothing between the runner and the registry answers instead of it.'
  })
}

function mismatch(message: string): PromotionError {
  return new PromotionError('DIGEST_MISMATCH', message, {
    advice:
      'Nothing was tagged. Something between the build and here changed the manifest; find out what before you promote it.'
  })
}
