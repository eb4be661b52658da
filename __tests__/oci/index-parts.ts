/** Parts of indexes that the tests of making them share. */
import { configOf, readConfig } from '../../src/oci/config.ts'
import { type IndexOptions, type IndexPart, makeIndex } from '../../src/oci/make-index.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'
import {
  type Image,
  type ImageOptions,
  descriptorOf,
  digestOf,
  image,
  mediaTypes
} from '../../testing/images.ts'
import { manifestOf } from '../../testing/samples.ts'

/** JSON of an object. */
export type Json = Record<string, unknown>

/** The options of an index that has no annotations. */
export const given: IndexOptions = { order: 'given', annotations: {} }
/** Decodes UTF-8. */
export const decoder = new TextDecoder()

/** Makes a part of an image or index, as reading it does. */
export function partOf(built: Image, name = 'app'): IndexPart {
  const manifest = manifestOf(built)
  const reference = parseReference(`ghcr.io/acme/${name}@${built.digest}`)
  const [config] = built.blobs
  const digest = configOf(manifest)
  const platform = config && digest && readConfig(config.bytes, digest).platform
  return { reference, manifest, platform }
}

/** Makes an index by its JSON, as a registry serves it. */
export function rawIndex(manifests: readonly object[], more: object = {}): Image {
  const mediaType = mediaTypes.ociIndex
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...more }))
  return { mediaType, bytes, digest: digestOf(bytes), blobs: [], children: [] }
}

/** Parses a manifest. */
export const jsonOf = ({ bytes }: Manifest): Json => JSON.parse(decoder.decode(bytes)) as Json
/** Lists the descriptors of an index. */
export const listedBy = (manifest: Manifest): Json[] => jsonOf(manifest).manifests as Json[]
/** Builds an image for a platform. */
export const built = (platform: string, more: ImageOptions = {}): Image =>
  image({ platform, seed: platform, ...more })
/** Describes an image for a platform. */
export const descriptorFor = (of: Image, platform: object): object => ({ ...descriptorOf(of), platform })
/** Makes an index and tells why it is refused; empty where it is not. */
export const messageOf = (parts: readonly Image[], options = given): string =>
  errorThrownBy(() =>
    makeIndex(
      parts.map((each, at) => partOf(each, `app${at.toString()}`)),
      options
    )
  )?.message ?? ''

/** An image. */
export const amd64 = built('linux/amd64')
/** An image for another platform. */
export const arm64 = built('linux/arm64/v8')
/** What BuildKit adds to an image. */
export const attestation = image({ seed: 'provenance', platform: 'unknown/unknown' })
/** Describes the attestation as BuildKit does. */
export const attesting = {
  ...descriptorFor(attestation, { architecture: 'unknown', os: 'unknown' }),
  annotations: {
    'vnd.docker.reference.digest': amd64.digest,
    'vnd.docker.reference.type': 'attestation-manifest'
  }
}
