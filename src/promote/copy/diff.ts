/** Compares the content of an image with what a repository has of it already. */
import type {
  Attachment,
  Copy,
  Destination,
  Graph,
  LocatedBlob,
  MissingAttachment,
  MissingContent
} from '../../promotion/copy.ts'
import { isDocument, partsOf } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import { type Manifest, attestationsIn } from '../../oci/manifest.ts'
import { type Repository, canMount, formatReference } from '../../oci/reference.ts'
import { hasLayersOf } from '../../oci/referrers.ts'
import { inParallel } from '../in-parallel.ts'
import type { Found } from './attachments.ts'
import { isSkippable, orDenied } from './skippable.ts'
import type { RegistryReader } from '../ports.ts'
import { blobDigestsIn } from './walk.ts'

/** What is below an image and what is attached to it, while that is being read. */
export interface Content {
  readonly image: Promise<Graph>
  readonly attached: Promise<Found>
}

/**
 * Compares an image with what a repository has. It is asked for every manifest, because the children of an index can be deleted one by
 * one; about each part once, and while the rest is being read.
 *
 * It is not asked for what is as good as known: the image that one of its tags points to; of a manifest that is missing, the config and other
 * documents, and what BuildKit attests of it, for these are made for that manifest alone. Nor for a blob that can be mounted: that takes
 * one request whether it is there or not.
 */
export class Comparison {
  readonly to: Repository
  readonly #root: Manifest
  readonly #registry: RegistryReader
  readonly #warnings: string[] = []
  /** How many blobs of missing manifests are there. */
  #present = 0
  readonly #asked = new Set<Digest>()
  readonly #looks = new Map<Digest, Promise<Digest | undefined>>()

  constructor(root: Manifest, { repository, hasImage }: Destination, registry: RegistryReader) {
    this.to = repository
    this.#root = root
    this.#registry = registry
    if (hasImage) this.#looks.set(root.digest, Promise.resolve(root.digest))
  }

  /** Tells whether the repository lacks a manifest; true also where that cannot be told: then {@link compare} throws why. */
  lacks(digest: Digest): Promise<boolean> {
    return this.#find(digest).then(
      found => found === undefined,
      () => true
    )
  }

  /** Finds what the repository is missing. The blobs of manifests that it has are taken to be there. */
  async compare(content: Content): Promise<Copy> {
    this.#lookAhead()
    const image = await this.#missingOf(await content.image)
    const isNew = new Set(image.manifests.map(({ digest }) => digest))
    const found = await content.attached
    const attachments: MissingAttachment[] = []
    for (const attachment of await this.#unattached(found.attachments, isNew))
      attachments.push({ attachment, ...(await this.#missingOf(attachment.graph)) })
    return {
      to: this.to,
      image,
      attachments,
      present: this.#present,
      warnings: [...found.warnings, ...this.#warnings]
    }
  }

  /** Asks for the image and its children while these are being read; what goes wrong is thrown when the answer is needed. */
  #lookAhead(): void {
    const attestations = attestationsIn(this.#root)
    for (const { digest } of [this.#root, ...partsOf(this.#root).manifests])
      if (!attestations.has(digest)) this.#find(digest).catch(ignore)
  }

  /** Finds what is missing of a graph and was not found missing before. */
  async #missingOf(graph: Graph): Promise<MissingContent> {
    const manifests = await this.#missingManifests(graph)
    const parts = blobDigestsIn(manifests)
    const needed = graph.blobs.filter(blob => parts.has(blob.digest) && this.#isFresh(blob))
    const has = await inParallel(needed, blob => this.#has(blob))
    const blobs = needed.filter((_, index) => has[index] === false)
    this.#present += needed.length - blobs.length
    return { graph, manifests, blobs }
  }

  /** Leaves out what is attached already. Nothing is attached to a manifest that is itself new. */
  async #unattached(
    attachments: readonly Attachment[],
    isNew: ReadonlySet<Digest>
  ): Promise<readonly Attachment[]> {
    const subjects = new Set(
      attachments
        .filter(({ tag, subject }) => tag === undefined && !isNew.has(subject))
        .map(({ subject }) => subject)
    )
    const lists = await inParallel(
      [...subjects],
      async subject => [subject, await this.#listed(subject)] as const
    )
    const listed = new Map(lists)
    const verdicts = await inParallel(attachments, attachment =>
      attachment.tag === undefined
        ? Promise.resolve(listed.get(attachment.subject)?.has(attachment.graph.root.digest) ?? false)
        : this.#isTagged(attachment, isNew)
    )
    return attachments.filter((_, index) => verdicts[index] === false)
  }

  async #missingManifests({ manifests }: Graph): Promise<Manifest[]> {
    const fresh = manifests.filter(manifest => this.#isFresh(manifest))
    const about = new Map(manifests.flatMap(manifest => [...attestationsIn(manifest)]))
    const missing = new Set<unknown>()
    const ask = async (asked: readonly Manifest[]): Promise<void> => {
      const unknown = asked.filter(({ digest }) => !missing.has(about.get(digest)))
      const found = await inParallel(unknown, ({ digest }) => this.#find(digest))
      const present = new Set(unknown.filter((_, index) => found[index] !== undefined))
      for (const manifest of asked) if (!present.has(manifest)) missing.add(manifest.digest)
    }
    await ask(fresh.filter(({ digest }) => !about.has(digest)))
    await ask(fresh.filter(({ digest }) => about.has(digest)))
    return fresh.filter(({ digest }) => missing.has(digest))
  }

  #has(blob: LocatedBlob): Promise<boolean> {
    const isAsked = !canMount({ from: blob.from, to: this.to }) && !isDocument(blob)
    return isAsked ? this.#registry.hasBlob(this.to, blob.digest) : Promise.resolve(false)
  }

  /** Quirk: Artifactory answers 403 for absent manifests; uploading tells which it is. */
  #find(digest: Digest): Promise<Digest | undefined> {
    const look =
      this.#looks.get(digest) ??
      orDenied(() => this.#registry.headManifest({ repository: this.to, digest }), undefined)
    this.#looks.set(digest, look)
    return look
  }

  /** Lists what refers to a manifest here; where that cannot be read, writing will tell why. */
  async #listed(subject: Digest): Promise<ReadonlySet<Digest>> {
    try {
      const listed = await this.#registry.listReferrers(this.to, subject)
      return new Set(listed.map(({ digest }) => digest))
    } catch (error) {
      if (isSkippable(error)) return new Set()
      throw error
    }
  }

  /** Tells whether a cosign tag needs no write: it holds this already, or signatures of its own, which must not be lost. */
  async #isTagged({ tag, subject, graph }: Attachment, isNew: ReadonlySet<Digest>): Promise<boolean> {
    const reference = { repository: this.to, ...(tag && { tag }) }
    const now = await orDenied(() => this.#registry.getManifest(reference), 'denied')
    // To a manifest that is itself new, nobody has signed anything here.
    if (now === undefined || (now === 'denied' && isNew.has(subject))) return false
    if (now === 'denied') {
      this.#warnings.push(`${formatReference(reference)} cannot be read; it was left as it is`)
      return true
    }
    if (now.digest === graph.root.digest) return true
    if (hasLayersOf(graph.root, now)) return false
    this.#warnings.push(
      `${formatReference(reference)} holds signatures that the source does not have; it was left as it is`
    )
    return true
  }

  #isFresh({ digest }: { readonly digest: Digest }): boolean {
    if (this.#asked.has(digest)) return false
    this.#asked.add(digest)
    return true
  }
}

function ignore(): void {
  // Thrown again when the answer is needed.
}
