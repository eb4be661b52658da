/**
 * Copies what repositories are missing, so that no manifest ever lacks its content:
 *
 *     all copies      blobs, the largest first → manifests, children before their parents
 *     each copy then  attachments, blobs before manifests, in the order found
 *
 * A failure with an image ends all copying: nothing is tagged before everything is in place. An attachment that cannot be copied
 * is skipped, with a warning.
 */
import {
  type Copied,
  type Copy,
  type MissingContent,
  type MissingAttachment,
  expectCopied,
  missingContentOf,
  sumCopied
} from '../../promotion/copy.ts'
import { PromotionError, during } from '../../oci/errors.ts'
import type { Manifest } from '../../oci/manifest.ts'
import type { Placement } from '../../oci/placement.ts'
import { type Repository, canMount, formatRepository } from '../../oci/reference.ts'
import { inParallel } from '../in-parallel.ts'
import { blobInRegistry, groupsBy, nameOf, placementsOf, transferOf } from './placements.ts'
import { isSkippable } from './skippable.ts'
import { transferEach } from './transfers.ts'
import { blobDigestsIn } from './walk.ts'
import type { CopyEvent, RegistryWriter } from '../ports.ts'

/** The result of copies. */
export interface CopyResult {
  readonly copied: Copied
  /** Present where an image could not be copied: nothing may be tagged then. */
  readonly failure?: { readonly to: Repository; readonly error: PromotionError }
  /** What was skipped, one sentence each. */
  readonly warnings: readonly string[]
}

/** Makes copies. A `PromotionError` is returned in the result, not thrown. */
export async function copyGraphs(
  copies: readonly Copy[],
  registry: RegistryWriter,
  progress: (event: CopyEvent) => void
): Promise<CopyResult> {
  const copying = new Copying(registry, progress)
  if (copies.length > 0) progress(begun(copies))
  await copying.images(copies)
  for (const copy of copies) if (copying.failure === undefined) await copying.attachments(copy)
  const { moved, failure, warnings } = copying
  const present = copies.map(copy => ({ present: copy.present }))
  return {
    copied: sumCopied([...moved, ...present]),
    ...(failure && { failure }),
    warnings: [...copies.flatMap(copy => copy.warnings), ...warnings]
  }
}

/** Copies under way: what they have moved, and what went wrong. */
class Copying {
  readonly moved: Partial<Copied>[] = []
  readonly warnings: string[] = []
  failure: CopyResult['failure']
  readonly #registry: RegistryWriter
  readonly #progress: (event: CopyEvent) => void
  /** The names of the blobs that have been placed. */
  readonly #placed = new Set<string>()
  /** A repository of each registry that has a blob now, by {@link blobInRegistry}. */
  readonly #holders = new Map<string, Repository>()
  #placing: Promise<unknown> = Promise.resolve()

  constructor(registry: RegistryWriter, progress: (event: CopyEvent) => void) {
    this.#registry = registry
    this.#progress = progress
  }

  /** Copies the images of all copies: blobs, then manifests. */
  async images(copies: readonly Copy[]): Promise<void> {
    try {
      const placements = copies.flatMap(copy => placementsOf(copy, copy.image))
      await transferEach(groupsBy(placements, transferOf), group => this.#placeEach(group))
      await inParallel(copies, copy => this.#noting(copy, () => this.#putImage(copy)))
    } catch (error) {
      if (this.failure === undefined) throw error
    }
  }

  /** Copies an image's attachments, one subject after the other. */
  async attachments(copy: Copy): Promise<void> {
    for (const group of groupsOf(copy.attachments)) {
      try {
        const blobs = group.flatMap(missing => placementsOf(copy, missing))
        await this.#placeAlone(blobs)
        await this.#write(copy.to, group, again => this.#attach(copy.to, again))
        this.moved.push({ referrers: group.length })
      } catch (error) {
        if (isSkippable(error)) this.warnings.push(skipped(copy.to, group, error))
        else {
          this.#note(copy, error)
          return
        }
      }
    }
  }

  /** Puts one blob into several repositories of a registry: after the first, it can be mounted. */
  async #placeEach(placements: readonly Placement[]): Promise<void> {
    for (const placement of placements) await this.#noting(placement, () => this.#place(placement))
  }

  /** Puts blobs into one repository each. */
  async #placeAlone(placements: readonly Placement[]): Promise<void> {
    const transfers = placements.map(placement => [placement])
    await transferEach(transfers, async ([placement]) => placement && this.#place(placement))
  }

  async #place(placement: Placement): Promise<void> {
    const near = canMount(placement) ? undefined : this.#holders.get(blobInRegistry(placement))
    const from = near !== undefined && canMount({ from: near, to: placement.to }) ? near : placement.from
    const how = await this.#registry.placeBlob({ ...placement, from }, count => {
      this.#progress({ kind: 'bytes', count })
    })
    if (how !== 'present') this.#placed.add(nameOf(placement))
    this.#holders.set(blobInRegistry(placement), placement.to)
    this.moved.push(how === 'copied' ? { blobs: 1, bytes: placement.blob.size } : { [how]: 1 })
    this.#progress({ kind: 'placed', placement, how })
  }

  async #putImage({ to, image }: Copy): Promise<void> {
    await this.#write(to, [image], async ([content]) => this.#put(to, content?.manifests ?? []))
  }

  /**
   * Writes the manifests of some content. Where the registry refuses that, the content is written once more, with the parts that
   * the registry said it has. Quirks: a child that is there can be unknown to its parent until it is pushed again, after an
   * interrupted copy (oras-project/oras-go#1212); a HEAD can say 200 for a blob that is gone.
   */
  async #write<T extends MissingContent>(
    to: Repository,
    content: readonly T[],
    write: (content: readonly T[]) => Promise<void>
  ): Promise<void> {
    try {
      await write(content)
    } catch (error) {
      if (!(error instanceof PromotionError) || error.code !== 'REGISTRY_REJECTED') throw error
      const blobs = error.isContentMissing ? this.#trustedBlobs(to, content) : []
      const isPartial = content.some(({ manifests, graph }) => manifests.length < graph.manifests.length)
      if (blobs.length === 0 && !isPartial) throw error
      await this.#placeTrusted(blobs, content)
      await write(content.map(part => ({ ...part, manifests: part.graph.manifests })))
    }
  }

  /** Places blobs that the registry wrongly said it has, after those that are being placed for another copy. */
  async #placeTrusted(blobs: readonly Placement[], content: readonly MissingContent[]): Promise<void> {
    const placing = this.#placing.then(() =>
      this.#placeAlone(blobs.map(placement => ({ ...placement, isMissing: true })))
    )
    this.#placing = placing.catch(() => undefined)
    await placing
    const counted = blobDigestsIn(content.flatMap(({ manifests }) => manifests))
    this.moved.push({ present: -blobs.filter(({ blob }) => counted.has(blob.digest)).length })
  }

  /** Lists the blobs that were not sent, because the registry said that it has them. */
  #trustedBlobs(to: Repository, content: readonly MissingContent[]): Placement[] {
    const blobs = new Map(content.flatMap(({ graph }) => graph.blobs).map(blob => [blob.digest, blob]))
    return placementsOf({ to }, { blobs: [...blobs.values()] }).filter(
      placement => !this.#placed.has(nameOf(placement))
    )
  }

  /** Uploads manifests by digest: images in any order, then indexes, each after those that it lists. */
  async #put(repository: Repository, manifests: readonly Manifest[]): Promise<void> {
    const upload = async (manifest: Manifest): Promise<void> => {
      await this.#registry.putManifest({ repository, digest: manifest.digest }, manifest)
      this.moved.push({ manifests: 1 })
    }
    await inParallel(
      manifests.filter(({ kind }) => kind === 'image'),
      upload
    )
    for (const index of manifests.filter(({ kind }) => kind === 'index')) await upload(index)
  }

  async #attach(repository: Repository, group: readonly MissingAttachment[]): Promise<void> {
    const [first] = group
    if (first === undefined) return
    const roots = group.map(({ graph }) => graph.root)
    await this.#put(
      repository,
      group.flatMap(({ manifests }) => manifests.filter(manifest => !roots.includes(manifest)))
    )
    const { subject, tag } = first.attachment
    if (tag === undefined) await this.#registry.attachReferrers(repository, subject, roots)
    else await this.#registry.putManifest({ repository, tag }, first.graph.root)
    this.moved.push({ manifests: roots.length })
  }

  async #noting(copy: Pick<Copy, 'to'>, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#note(copy, error)
      throw error
    }
  }

  #note({ to }: Pick<Copy, 'to'>, error: unknown): void {
    const explained = during(`copying to ${formatRepository(to)}`, error)
    if (!(explained instanceof PromotionError)) throw explained
    this.failure ??= { to, error: explained }
  }
}

function begun(copies: readonly Copy[]): CopyEvent {
  const { blobs, mounted } = expectCopied(copies)
  const all = copies.flatMap(missingContentOf).flatMap(missing => missing.blobs)
  return { kind: 'begun', blobs: blobs + mounted, bytes: all.reduce((sum, { size }) => sum + size, 0) }
}

/** Groups referrers by subject, whose list is written once; each tag is a group of its own. */
function groupsOf(attachments: readonly MissingAttachment[]): (readonly MissingAttachment[])[] {
  return groupsBy(attachments, ({ attachment: { tag, subject } }) => tag ?? subject)
}

function skipped(to: Repository, group: readonly MissingAttachment[], error: PromotionError): string {
  const names = group.map(({ attachment: { tag }, graph }) => tag ?? graph.root.digest)
  return `${names.join(', ')} could not be copied to ${formatRepository(to)}: ${error.message}`
}
