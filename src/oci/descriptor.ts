/**
 * Descriptors: how a manifest points to its parts (OCI image specification, descriptor.md). They are checked before
 * they are used: a digest becomes part of a URL (CVE-2024-3727), a size decides how much is read.
 */
import { type Digest, isDigest } from './digest.ts'
import { PromotionError } from './errors.ts'
import { parseJson } from './json.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest } from './manifest.ts'
import { isForeign, isSchema1, kindOfManifest } from './media-type.ts'
import { printable } from './printable.ts'

/** A pointer to a manifest or a blob. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  /** In bytes. */
  readonly size: number
}

/** What has to be in a repository before a manifest can be. */
export interface Parts {
  readonly manifests: readonly Descriptor[]
  readonly blobs: readonly Descriptor[]
}

/**
 * Lists the parts of a manifest, each once. An index may list blobs too (BuildKit's caches do); foreign layers are left
 * out, for they are not in the registry. Throws `MANIFEST_UNSUPPORTED` for a descriptor that cannot be one.
 */
export function partsOf({ content, kind }: Manifest): Parts {
  if (kind === 'index') {
    const listed = descriptorsIn(content, 'manifests')
    const isManifest = ({ mediaType }: Descriptor): boolean => kindOfManifest(mediaType) !== undefined
    return {
      manifests: distinct(listed.filter(isManifest).map(requireReadable)),
      blobs: distinct(listed.filter(part => !isManifest(part)))
    }
  }
  const config = content.config === undefined ? [] : [readDescriptor(content.config)]
  const layers = ['layers', 'blobs'].flatMap(field => descriptorsIn(content, field))
  return {
    manifests: [],
    blobs: distinct([...config, ...layers.filter(layer => !isForeign(layer.mediaType))])
  }
}

/**
 * Tells whether a blob is a JSON document (RFC 6839, section 3.1): a config, a statement, a signature. Unlike layers, these are made for one
 * manifest.
 */
export function isDocument({ mediaType }: Descriptor): boolean {
  return mediaType.endsWith('+json')
}

/** Reads what a manifest refers to, as signatures and SBOMs do; undefined when it refers to nothing. */
export function subjectOf({ content }: Manifest): Descriptor | undefined {
  return content.subject === undefined ? undefined : readDescriptor(content.subject)
}

/** Reads the descriptors that some JSON has in one of its fields; throws `MANIFEST_UNSUPPORTED` for what has none. */
export function parseDescriptors(bytes: Uint8Array, field: string): Descriptor[] {
  let content: unknown
  try {
    content = parseJson(bytes)
  } catch {
    throw malformed('it is no JSON')
  }
  return descriptorsIn((content ?? {}) as Manifest['content'], field)
}

function descriptorsIn(content: Manifest['content'], field: string): Descriptor[] {
  const listed = content[field] ?? []
  if (!Array.isArray(listed)) throw malformed(`its ${field} are no list`)
  return listed.map(readDescriptor)
}

function readDescriptor(value: unknown): Descriptor {
  const { mediaType, digest, size } = (value ?? {}) as Record<string, unknown>
  if (typeof digest !== 'string' || !isDigest(digest))
    throw malformed(
      `it points to ${typeof digest === 'string' ? `"${printable(digest)}"` : 'something'}, which is not a digest`
    )
  if (typeof mediaType !== 'string') throw malformed(`it does not say of what media type ${digest} is`)
  if (isSchema1(mediaType)) throw malformed(`${digest} in it is a schema-1 manifest`)
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw malformed(`it does not say how large ${digest} is`)
  return { mediaType: mediaType.toLowerCase(), digest, size }
}

function requireReadable(manifest: Descriptor): Descriptor {
  if (manifest.size <= MAXIMUM_MANIFEST_BYTES) return manifest
  throw malformed(
    `the manifest ${manifest.digest} in it is larger than 4 MiB, the most that registries agree on`
  )
}

function distinct(descriptors: readonly Descriptor[]): Descriptor[] {
  return [...new Map(descriptors.map(descriptor => [descriptor.digest, descriptor])).values()]
}

function malformed(why: string): PromotionError {
  return new PromotionError('MANIFEST_UNSUPPORTED', `the manifest is malformed: ${why}`, {
    advice:
      'Push the image again with a current builder; what made this manifest does not keep to the image specification.'
  })
}
