/** Registries in memory, behind the ports of `src/promote/`: they keep what they are given and let nothing dangle. */
import { type ImageConfig, readConfig } from '../../src/oci/config.ts'
import { type Descriptor, partsOf, subjectOf } from '../../src/oci/descriptor.ts'
import { type Digest, isDigest } from '../../src/oci/digest.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import {
  type Reference,
  type Repository,
  type Tag,
  formatReference,
  formatRepository,
  parseReference,
  parseTag
} from '../../src/oci/reference.ts'
import { readReferrers } from '../../src/oci/referrers.ts'
import type { Placed, Placement } from '../../src/oci/placement.ts'
import type { RegistryReader, RegistryWriter } from '../../src/promote/ports.ts'
import type { Image } from '../../testing/images.ts'
import {
  type Store,
  findManifest,
  openRepository,
  referrersOf,
  storeImage
} from '../../testing/registry-store.ts'

/** A request to the ports: the method and what it is about, `putManifest one.example/app:1`. */
export type Request = string

/** Any number of registries: a repository is known by its full name, `one.example/app`. */
export class KeepingRegistry implements RegistryReader, RegistryWriter {
  readonly store: Store = new Map()
  /** All requests, in the order they were made. */
  readonly log: Request[] = []
  /** May refuse a request by throwing. */
  refuse: (request: Request) => void = () => undefined
  /** The most blobs that were under way at once. */
  mostBlobs = 0
  #blobs = 0

  /** Puts an image with all that hangs below it into a repository. */
  seed(repository: string, image: Image, tags: readonly string[] = []): void {
    storeImage(openRepository(this.store, repository), image, tags)
  }

  /** The requests that change something. */
  get writes(): readonly Request[] {
    return this.log.filter(request => /^(?:put|place|attach)/.test(request))
  }

  getManifest(reference: Reference): Promise<Manifest | undefined> {
    return this.#answer(`getManifest ${formatReference(reference)}`, () => this.#find(reference))
  }

  headManifest(reference: Reference): Promise<Digest | undefined> {
    return this.#answer(`headManifest ${formatReference(reference)}`, () => this.#find(reference)?.digest)
  }

  getConfig(repository: Repository, digest: Digest): Promise<ImageConfig> {
    return this.#answer(`getConfig ${formatRepository(repository)}@${digest}`, () => {
      const bytes = this.#open(repository).blobs.get(digest)
      if (bytes === undefined) throw new PromotionError('REGISTRY_REJECTED', 'BLOB_UNKNOWN')
      return readConfig(bytes, digest)
    })
  }

  hasBlob(repository: Repository, digest: Digest): Promise<boolean> {
    return this.#answer(`hasBlob ${formatRepository(repository)}@${digest}`, () =>
      this.#open(repository).blobs.has(digest)
    )
  }

  listTags(repository: Repository): Promise<readonly Tag[]> {
    return this.#answer(`listTags ${formatRepository(repository)}`, () =>
      [...this.#open(repository).tags.keys()].map(parseTag)
    )
  }

  listReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    return this.#answer(`listReferrers ${formatRepository(repository)}@${subject}`, () =>
      readReferrers(Buffer.from(JSON.stringify(referrersOf(this.#open(repository), subject))))
    )
  }

  putManifest(reference: Reference, manifest: Manifest): Promise<void> {
    return this.#answer(`putManifest ${formatReference(reference)}`, () => {
      this.#put(reference, manifest)
    })
  }

  async placeBlob({ from, to, blob }: Placement, onBytes: (count: number) => void): Promise<Placed> {
    this.mostBlobs = Math.max(this.mostBlobs, ++this.#blobs)
    try {
      return await this.#answer(`placeBlob ${formatRepository(to)}@${blob.digest}`, () => {
        const bytes = this.#open(from).blobs.get(blob.digest)
        if (bytes === undefined) throw new PromotionError('REGISTRY_REJECTED', 'BLOB_UNKNOWN')
        this.#open(to).blobs.set(blob.digest, bytes)
        if (from.registry === to.registry) return 'mounted'
        onBytes(bytes.length)
        return 'copied'
      })
    } finally {
      this.#blobs--
    }
  }

  attachReferrers(repository: Repository, subject: Digest, referrers: readonly Manifest[]): Promise<void> {
    return this.#answer(`attachReferrers ${formatRepository(repository)}@${subject}`, () => {
      for (const manifest of referrers) {
        if (subjectOf(manifest)?.digest !== subject) throw new Error('it refers to something else')
        this.#put({ repository, digest: manifest.digest }, manifest)
      }
    })
  }

  #put({ repository, tag, digest }: Reference, manifest: Manifest): void {
    const { blobs, manifests, tags } = this.#open(repository)
    const parts = partsOf(manifest)
    const isWhole =
      parts.blobs.every(part => blobs.has(part.digest)) &&
      parts.manifests.every(part => manifests.has(part.digest))
    if (!isWhole)
      throw new PromotionError('REGISTRY_REJECTED', 'MANIFEST_BLOB_UNKNOWN', { isContentMissing: true })
    if (digest !== undefined && digest !== manifest.digest) throw new Error('that is another digest')
    manifests.set(manifest.digest, manifest)
    if (tag !== undefined) tags.set(tag, manifest.digest)
  }

  #find({ repository, tag, digest }: Reference): Manifest | undefined {
    const found = findManifest(this.#open(repository), digest ?? tag ?? '')
    return found && readManifest({ bytes: found.bytes, contentType: found.mediaType })
  }

  #open(repository: Repository): ReturnType<typeof openRepository> {
    return openRepository(this.store, formatRepository(repository))
  }

  /** Answers later, so that requests made at the same time are under way at the same time. */
  async #answer<T>(request: Request, work: () => T): Promise<T> {
    this.log.push(request)
    await new Promise(resolve => setImmediate(resolve))
    this.refuse(request)
    return work()
  }
}

/** Names a repository: `one.example/app`. */
export function repositoryNamed(name: string): Repository {
  return parseReference(`${name}:1`).repository
}

/** Reads an image as a registry would serve it. */
export function manifestOf({ bytes, mediaType }: Image): Manifest {
  return readManifest({ bytes, contentType: mediaType })
}

/** Gives an image's digest as one. */
export function digestOf({ digest }: Image): Digest {
  if (!isDigest(digest)) throw new Error(`${digest} is not a digest`)
  return digest
}
