/** Builds images, indexes and artifacts as values: without I/O, and deterministically. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { gzipSync } from 'node:zlib'

/** A config or a layer. */
export interface Blob {
  readonly digest: string
  readonly bytes: Uint8Array
  readonly mediaType: string
}

/** A manifest or index, with everything that it references. */
export interface Image {
  readonly mediaType: string
  readonly bytes: Uint8Array
  readonly digest: string
  /** Of an image: its config, then its layers. */
  readonly blobs: readonly Blob[]
  /** Of an index: what it lists. */
  readonly children: readonly Image[]
}

/** Options of all builders of manifests. */
export interface ManifestOptions {
  readonly mediaType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly subject?: Image
  readonly artifactType?: string
  /** Writes the manifest's JSON; indented by two spaces by default, as BuildKit does. */
  readonly format?: (json: object) => Uint8Array
}

/** Options of an image. */
export interface ImageOptions extends ManifestOptions {
  /** `os/architecture[/variant]`; `linux/amd64` by default. */
  readonly platform?: string
  /** Different seeds give different images. */
  readonly seed?: string
  readonly layers?: readonly Uint8Array[]
  readonly labels?: Readonly<Record<string, string>>
  /** When the image was created, RFC 3339. */
  readonly created?: string
}

/** Options of an artifact. */
export type ArtifactOptions = ManifestOptions & Pick<ImageOptions, 'seed' | 'layers'>

/** The media types of manifests. */
export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  schema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  schema1: 'application/vnd.docker.distribution.manifest.v1+json'
} as const

const partTypes = {
  oci: {
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip'
  },
  docker: {
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip'
  },
  artifact: { config: 'application/vnd.oci.empty.v1+json', layer: 'application/spdx+json' }
} as const

/** Computes a digest, independently of the action's own code. */
export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

/** Builds an image: an OCI image manifest by default. */
export function image(options: ImageOptions = {}): Image {
  const { mediaType = mediaTypes.ociManifest, seed = 'image' } = options
  const types = mediaType === mediaTypes.dockerManifest ? partTypes.docker : partTypes.oci
  // The layer is never unpacked, but tools that copy would compress it if it were not compressed.
  const layers = (options.layers ?? [gzipSync(`layer of ${seed}\n`)]).map(bytes => blob(bytes, types.layer))
  const config = blob(toJson(configOf(options, layers)), types.config)
  return manifest({ ...options, mediaType }, [config, ...layers])
}

/** Builds an image with a Docker image manifest, version 2. */
export function dockerImage(options: ImageOptions = {}): Image {
  return image({ ...options, mediaType: mediaTypes.dockerManifest })
}

/** Builds an artifact: an OCI image manifest with an artifact type and the empty config. */
export function artifact(options: ArtifactOptions = {}): Image {
  const { seed = 'artifact', artifactType = 'application/vnd.example.sbom.v1+json' } = options
  const layers = options.layers ?? [toJson({ artifact: seed })]
  const config = blob(new TextEncoder().encode('{}'), partTypes.artifact.config)
  const { mediaType = mediaTypes.ociManifest } = options
  return manifest({ ...options, mediaType, artifactType }, [
    config,
    ...layers.map(bytes => blob(bytes, partTypes.artifact.layer))
  ])
}

/** Builds an artifact that refers to a subject, as signatures and SBOMs do. */
export function referrerOf(subject: Image, options: ArtifactOptions = {}): Image {
  return artifact({ seed: `referrer of ${subject.digest}`, ...options, subject })
}

/** Builds an index of images or indexes: an OCI image index by default, a Docker manifest list by its media type. */
export function indexOf(children: readonly Image[], options: ManifestOptions = {}): Image {
  const { mediaType = mediaTypes.ociIndex } = options
  const manifests = children.map(child => ({ ...descriptorOf(child), ...platformOf(child) }))
  const bytes = write({ ...options, mediaType }, { manifests })
  return { mediaType, bytes, digest: digestOf(bytes), blobs: [], children }
}

/** Builds what BuildKit attests of an image: a manifest with a statement, for no platform. */
export function attestationOf({ digest }: Image): Image {
  const config = blob(toJson({ os: 'unknown', architecture: 'unknown', of: digest }), partTypes.oci.config)
  const statement = blob(toJson({ subject: digest }), 'application/vnd.in-toto+json')
  return manifest({ mediaType: mediaTypes.ociManifest }, [config, statement])
}

/** Builds an index as BuildKit does: images, then an {@link attestationOf attestation} of each. */
export function indexWithAttestations(images: readonly Image[]): Image {
  return indexOf([...images, ...images.map(attestationOf)], {
    format: json => {
      const manifests = (json as { manifests: readonly object[] }).manifests.map((descriptor, index) => {
        const subject = images[index - images.length]
        if (subject === undefined) return descriptor
        const annotations = {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': subject.digest
        }
        return { ...descriptor, annotations }
      })
      return toJson({ ...json, manifests })
    }
  })
}

/**
 * Builds a signed schema-1 manifest, the format before 2016, with a real signature, which distribution 2.8 verifies. The digest, as
 * there, is that of the signed payload, not of the bytes.
 */
export function schema1({ name = 'acme/app', tag = '1.0' }: { name?: string; tag?: string } = {}): Image {
  const layer = blob(gzipSync(new Uint8Array(1024)), partTypes.docker.layer)
  const v1Compatibility = JSON.stringify({ id: layer.digest.slice('sha256:'.length), os: 'linux' })
  const content = {
    schemaVersion: 1,
    name,
    tag,
    architecture: 'amd64',
    fsLayers: [{ blobSum: layer.digest }],
    history: [{ v1Compatibility }]
  }
  const payload = JSON.stringify(content, null, 3)
  const bytes = new TextEncoder().encode(signed(payload))
  const digest = digestOf(new TextEncoder().encode(payload))
  return { mediaType: mediaTypes.schema1Signed, bytes, digest, blobs: [layer], children: [] }
}

/** Describes a manifest or a blob: media type, digest, size. */
export function descriptorOf({ mediaType, digest, bytes }: Blob): Descriptor {
  return { mediaType, digest, size: bytes.length }
}

/** A descriptor. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  /** In bytes. */
  readonly size: number
}

function manifest(options: ManifestOptions & { mediaType: string }, blobs: readonly Blob[]): Image {
  const [config, ...layers] = blobs.map(descriptorOf)
  const bytes = write(options, { config, layers })
  return { mediaType: options.mediaType, bytes, digest: digestOf(bytes), blobs, children: [] }
}

function write(options: ManifestOptions & { mediaType: string }, content: object): Uint8Array {
  const { mediaType, artifactType, subject, annotations, format = toJson } = options
  return format({
    schemaVersion: 2,
    mediaType,
    ...(artifactType !== undefined && { artifactType }),
    ...content,
    ...(subject && { subject: descriptorOf(subject) }),
    ...(annotations && { annotations })
  })
}

function configOf(options: ImageOptions, layers: readonly Blob[]): object {
  const { platform = 'linux/amd64', created = '2026-01-02T03:04:05Z', labels, seed = 'image' } = options
  const [os, architecture, variant] = platform.split('/')
  return {
    created,
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    config: { Cmd: ['/bin/true', seed], ...(labels && { Labels: labels }) },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }
  }
}

function platformOf({ blobs: [config] }: Image): { platform?: object } {
  if (config === undefined || config.mediaType === partTypes.artifact.config) return {}
  const { os, architecture, variant } = JSON.parse(new TextDecoder().decode(config.bytes)) as {
    os: string
    architecture: string
    variant?: string
  }
  return { platform: { os, architecture, ...(variant !== undefined && { variant }) } }
}

const signatures = new Map<string, string>()
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Signs a payload as libtrust does. Signatures are random, so each is cached: the same options give the same bytes. */
function signed(payload: string): string {
  const head = payload.slice(0, -'\n}'.length)
  const header = { formatLength: head.length, formatTail: base64url('\n}'), time: '2016-01-02T03:04:05Z' }
  const input = `${base64url(JSON.stringify(header))}.${base64url(payload)}`
  const key = { key: signingKey.privateKey, dsaEncoding: 'ieee-p1363' } as const
  const signature = signatures.get(input) ?? sign('sha256', Buffer.from(input), key).toString('base64url')
  signatures.set(input, signature)
  const jwk = signingKey.publicKey.export({ format: 'jwk' })
  const [protectedHeader] = input.split('.')
  const block = { header: { jwk, alg: 'ES256' }, signature, protected: protectedHeader }
  return `${head},\n   "signatures": ${JSON.stringify([block])}\n}`
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function blob(bytes: Uint8Array, mediaType: string): Blob {
  return { digest: digestOf(bytes), bytes, mediaType }
}

function toJson(content: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(content, null, 2))
}
