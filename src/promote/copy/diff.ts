/** Compares what belongs to an image with what a repository has of it already. */
import type { Attachment, Belongings, Copy, Graph, Lack, LackingAttachment } from '../../promotion/copy.ts'
import { type Descriptor, partsOf } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { type Repository, formatReference } from '../../oci/reference.ts'
import { inParallel } from '../in-parallel.ts'
import { isLeftBehind } from './skippable.ts'
import type { RegistryReader } from '../ports.ts'

/**
 * Finds out what a repository lacks. A manifest that is there vouches for all below it: registries do not take one whose
 * parts they lack.
 */
export async function compare(
  belongings: Belongings,
  to: Repository,
  registry: RegistryReader
): Promise<Copy> {
  const comparison = new Comparison(to, registry)
  const image = await comparison.lackOf(belongings.image)
  const isNew = new Set(image.manifests.map(({ digest }) => digest))
  const attachments: LackingAttachment[] = []
  for (const attachment of await comparison.unattached(belongings.attachments, isNew))
    attachments.push({ attachment, ...(await comparison.lackOf(attachment.graph)) })
  return {
    from: belongings.from,
    to,
    image,
    attachments,
    present: blobsOf(belongings).size - [image, ...attachments].flatMap(({ blobs }) => blobs).length,
    warnings: [...belongings.warnings, ...comparison.warnings]
  }
}

function blobsOf({ image, attachments }: Belongings): ReadonlySet<Digest> {
  const graphs = [image, ...attachments.map(({ graph }) => graph)]
  return new Set(graphs.flatMap(({ blobs }) => blobs).map(({ digest }) => digest))
}

/** One comparison: it asks about each part once, whatever shares it. */
class Comparison {
  readonly warnings: string[] = []
  readonly #to: Repository
  readonly #registry: RegistryReader
  readonly #asked = new Set<Digest>()

  constructor(to: Repository, registry: RegistryReader) {
    this.#to = to
    this.#registry = registry
  }

  /** Finds what is lacking of a graph and was not found lacking before. */
  async lackOf(graph: Graph): Promise<Lack> {
    const manifests = await this.#lackingManifests(graph)
    const needed = manifests.flatMap(manifest => partsOf(manifest).blobs).filter(blob => this.#isFresh(blob))
    const has = await inParallel(needed, ({ digest }) => this.#registry.hasBlob(this.#to, digest))
    const blobs = needed.filter((_, index) => has[index] === false)
    return { graph, manifests, blobs }
  }

  /** Sorts out what is attached already. To a manifest that is itself new, nothing is. */
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
        : this.#isTagged(attachment)
    )
    return attachments.filter((_, index) => verdicts[index] === false)
  }

  async #lackingManifests({ root, manifests }: Graph): Promise<Manifest[]> {
    const byDigest = new Map(manifests.map(manifest => [manifest.digest, manifest]))
    const lacking = new Set<Manifest>()
    for (let level = [root]; level.length > 0;) {
      const fresh = level.filter(manifest => this.#isFresh(manifest))
      const found = await inParallel(fresh, ({ digest }) =>
        this.#registry.headManifest({ repository: this.#to, digest })
      )
      const absent = fresh.filter((_, index) => found[index] === undefined)
      for (const manifest of absent) lacking.add(manifest)
      level = absent
        .flatMap(manifest => partsOf(manifest).manifests)
        .flatMap(({ digest }) => byDigest.get(digest) ?? [])
    }
    return manifests.filter(manifest => lacking.has(manifest))
  }

  /** Lists what refers to a manifest here; where that cannot be read, writing will tell why. */
  async #listed(subject: Digest): Promise<ReadonlySet<Digest>> {
    try {
      const listed = await this.#registry.listReferrers(this.#to, subject)
      return new Set(listed.map(({ digest }) => digest))
    } catch (error) {
      if (isLeftBehind(error)) return new Set()
      throw error
    }
  }

  /** Tells whether a cosign tag needs no write: it holds this already, or signatures of its own, which must not be lost. */
  async #isTagged({ tag, graph }: Attachment): Promise<boolean> {
    const reference = { repository: this.#to, ...(tag && { tag }) }
    const now = await this.#registry.getManifest(reference)
    if (now === undefined) return false
    if (now.digest === graph.root.digest) return true
    const kept = new Set(partsOf(graph.root).blobs.map(({ digest }) => digest))
    if (layersOf(now).every(({ digest }) => kept.has(digest))) return false
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

/** The signatures themselves; the config only counts them, and differs with every one that is added. */
function layersOf(manifest: Manifest): readonly Descriptor[] {
  const { config } = manifest.content as { config?: { digest?: unknown } }
  return partsOf(manifest).blobs.filter(({ digest }) => digest !== config?.digest)
}
