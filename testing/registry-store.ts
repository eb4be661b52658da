/** The content of the in-process registry: blobs, manifests and tags of each repository. */
import { type Image, digestOf, mediaTypes } from './images.ts'

/** A manifest as it was uploaded. */
export interface StoredManifest {
  readonly bytes: Uint8Array
  readonly mediaType: string
}

/** One repository. Blobs and manifests are found by their digest, digests by their tag. */
export interface StoredRepository {
  readonly blobs: Map<string, Uint8Array>
  readonly manifests: Map<string, StoredManifest>
  readonly tags: Map<string, string>
}

/** All repositories by name. Tests may read and write it. */
export type Store = Map<string, StoredRepository>

/** Finds a repository, or makes an empty one. */
export function openRepository(store: Store, name: string): StoredRepository {
  const repository = store.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() }
  store.set(name, repository)
  return repository
}

/** Stores an image with everything that it references, and points tags at it. */
export function storeImage(repository: StoredRepository, image: Image, tags: readonly string[]): void {
  for (const { digest, bytes } of image.blobs) repository.blobs.set(digest, bytes)
  for (const child of image.children) storeImage(repository, child, [])
  repository.manifests.set(image.digest, { bytes: image.bytes, mediaType: image.mediaType })
  for (const tag of tags) repository.tags.set(tag, image.digest)
}

/** A manifest and its digest. */
export interface FoundManifest extends StoredManifest {
  readonly digest: string
}

/** Finds a manifest by tag or digest. */
export function findManifest(
  repository: StoredRepository | undefined,
  reference: string
): FoundManifest | undefined {
  const digest = reference.includes(':') ? reference : (repository?.tags.get(reference) ?? '')
  const manifest = repository?.manifests.get(digest)
  return manifest && { ...manifest, digest }
}

/** Computes the digest of some bytes by the algorithm of a reference, where that is a digest. */
export function digestLike(bytes: Uint8Array, reference: string): string {
  return digestOf(bytes, reference.startsWith('sha512:') ? 'sha512' : 'sha256')
}

/** Finds the digest of a manifest's subject; undefined when it has none or is no JSON. */
export function subjectOf(bytes: Uint8Array): string | undefined {
  return parse(bytes)?.subject?.digest
}

/** Lists what refers to a subject, as the index that the referrers API answers with. */
export function referrersOf(repository: StoredRepository | undefined, subject: string): ReferrersIndex {
  const manifests = [...(repository?.manifests ?? [])].flatMap(([digest, { bytes, mediaType }]) => {
    const content = parse(bytes)
    if (content?.subject?.digest !== subject) return []
    const artifactType = content.artifactType ?? content.config?.mediaType
    const { annotations } = content
    return [{ mediaType, digest, size: bytes.length, artifactType, annotations }]
  })
  return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }
}

/** The answer of the referrers API. */
export interface ReferrersIndex {
  readonly schemaVersion: 2
  readonly mediaType: string
  readonly manifests: readonly {
    readonly mediaType: string
    readonly digest: string
    readonly size: number
    readonly artifactType: string | undefined
    readonly annotations: object | undefined
  }[]
}

interface Referring {
  readonly subject?: { readonly digest?: string }
  readonly artifactType?: string
  readonly config?: { readonly mediaType?: string }
  readonly annotations?: object
}

function parse(bytes: Uint8Array): Referring | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Referring
  } catch {
    // Tests may store anything; what is not JSON refers to nothing.
    return undefined
  }
}
