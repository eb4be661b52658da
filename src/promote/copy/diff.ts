/** Compares the content of an image with what a repository has of it already. */
import type {
  Attachment,
  Content,
  Copy,
  Graph,
  MissingAttachment,
  MissingContent
} from '../../promotion/copy.ts'
import { partsOf } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { type Repository, formatReference } from '../../oci/reference.ts'
import { hasLayersOf } from '../../oci/referrers.ts'
import { inParallel } from '../in-parallel.ts'
import { isSkippable, orDenied } from './skippable.ts'
import type { RegistryReader } from '../ports.ts'

/**
 * Finds what a repository is missing. It is asked for every manifest, because the children of an index can be deleted one by one.
 * The blobs of an image that is present count as present.
 */
export async function compare(content: Content, to: Repository, registry: RegistryReader): Promise<Copy> {
  const comparison = new Comparison(to, registry)
  const image = await comparison.missingOf(content.image)
  const isNew = new Set(image.manifests.map(({ digest }) => digest))
  const attachments: MissingAttachment[] = []
  for (const attachment of await comparison.unattached(content.attachments, isNew))
    attachments.push({ attachment, ...(await comparison.missingOf(attachment.graph)) })
  return {
    to,
    image,
    attachments,
    present: blobsOf(content).size - [image, ...attachments].flatMap(({ blobs }) => blobs).length,
    warnings: [...content.warnings, ...comparison.warnings]
  }
}

function blobsOf({ image, attachments }: Content): ReadonlySet<Digest> {
  const graphs = [image, ...attachments.map(({ graph }) => graph)]
  return new Set(graphs.flatMap(({ blobs }) => blobs).map(({ digest }) => digest))
}

/** One comparison: it asks about each part once. */
class Comparison {
  readonly warnings: string[] = []
  readonly #to: Repository
  readonly #registry: RegistryReader
  readonly #asked = new Set<Digest>()

  constructor(to: Repository, registry: RegistryReader) {
    this.#to = to
    this.#registry = registry
  }

  /** Finds what is missing of a graph and was not found missing before. */
  async missingOf(graph: Graph): Promise<MissingContent> {
    const manifests = await this.#missingManifests(graph)
    const parts = new Set(manifests.flatMap(manifest => partsOf(manifest).blobs).map(({ digest }) => digest))
    const needed = graph.blobs.filter(blob => parts.has(blob.digest) && this.#isFresh(blob))
    const has = await inParallel(needed, ({ digest }) => this.#registry.hasBlob(this.#to, digest))
    const blobs = needed.filter((_, index) => has[index] === false)
    return { graph, manifests, blobs }
  }

  /** Leaves out what is attached already. Nothing is attached to a manifest that is itself new. */
  async unattached(
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
    const found = await inParallel(fresh, ({ digest }) => this.#find(digest))
    return fresh.filter((_, index) => found[index] === undefined)
  }

  /** Quirk: Artifactory answers 403 for absent manifests; uploading tells which it is. */
  async #find(digest: Digest): Promise<Digest | undefined> {
    return orDenied(() => this.#registry.headManifest({ repository: this.#to, digest }), undefined)
  }

  /** Lists what refers to a manifest here; where that cannot be read, writing will tell why. */
  async #listed(subject: Digest): Promise<ReadonlySet<Digest>> {
    try {
      const listed = await this.#registry.listReferrers(this.#to, subject)
      return new Set(listed.map(({ digest }) => digest))
    } catch (error) {
      if (isSkippable(error)) return new Set()
      throw error
    }
  }

  /** Tells whether a cosign tag needs no write: it holds this already, or signatures of its own, which must not be lost. */
  async #isTagged({ tag, subject, graph }: Attachment, isNew: ReadonlySet<Digest>): Promise<boolean> {
    const reference = { repository: this.#to, ...(tag && { tag }) }
    const now = await orDenied(() => this.#registry.getManifest(reference), 'denied')
    // To a manifest that is itself new, nobody has signed anything here.
    if (now === undefined || (now === 'denied' && isNew.has(subject))) return false
    if (now === 'denied') {
      this.warnings.push(`${formatReference(reference)} cannot be read; it was left as it is`)
      return true
    }
    if (now.digest === graph.root.digest) return true
    if (hasLayersOf(graph.root, now)) return false
    this.warnings.push(
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
