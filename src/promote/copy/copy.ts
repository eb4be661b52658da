/**
 * Copies what repositories are missing, so that nothing dangles at any moment:
 *
 *     all copies      blobs, four at a time → manifests, children before their parents
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
import { type Repository, formatRepository } from '../../oci/reference.ts'
import { inParallel } from '../in-parallel.ts'
import { isSkippable } from './skippable.ts'
import type { CopyEvent, Placement, RegistryWriter } from '../ports.ts'

/** The most blobs that are under way at once, over all repositories: more do not make it faster, and cost memory. */
export const MAXIMUM_BLOBS = 4

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

  constructor(registry: RegistryWriter, progress: (event: CopyEvent) => void) {
    this.#registry = registry
    this.#progress = progress
  }

  /** Puts the images of all copies in their places. */
  async images(copies: readonly Copy[]): Promise<void> {
    try {
      const placements = copies.flatMap(copy => placementsOf(copy, copy.image))
      await inParallel(
        placements,
        placement => this.#noting(placement, () => this.#place(placement)),
        MAXIMUM_BLOBS
      )
      await inParallel(copies, copy => this.#noting(copy, () => this.#putImage(copy)))
    } catch (error) {
      if (this.failure === undefined) throw error
    }
  }

  /** Attaches to an image in its place what is attached to it at home, one subject after the other. */
  async attachments(copy: Copy): Promise<void> {
    for (const group of groupsOf(copy.attachments)) {
      try {
        const blobs = group.flatMap(missing => placementsOf(copy, missing))
        await inParallel(blobs, placement => this.#place(placement), MAXIMUM_BLOBS)
        await this.#attach(copy.to, group)
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

  async #place(placement: Placement): Promise<void> {
    const how = await this.#registry.placeBlob(placement, count => {
      this.#progress({ kind: 'bytes', count })
    })
    this.moved.push(how === 'mounted' ? { mounted: 1 } : { blobs: 1, bytes: placement.blob.size })
    this.#progress({ kind: 'placed', placement, how })
  }

  async #putImage({ to, image }: Copy): Promise<void> {
    const { manifests, graph } = image
    try {
      await this.#put(to, manifests)
    } catch (error) {
      const isRefused = error instanceof PromotionError && error.code === 'REGISTRY_REJECTED'
      if (!isRefused || manifests.length === graph.manifests.length) throw error
      // Quirk: after an interrupted copy a child can be there and yet be unknown to its parent until it is pushed again
      // (oras-project/oras-go#1212).
      await this.#put(to, graph.manifests)
    }
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

function placementsOf({ to }: Copy, { blobs }: MissingContent): Placement[] {
  return blobs.map(blob => ({ from: blob.from, to, blob }))
}

/** Puts together what refers to the same subject, for its list is written once; a tag stands for itself. */
function groupsOf(attachments: readonly MissingAttachment[]): (readonly MissingAttachment[])[] {
  const groups = new Map<string, MissingAttachment[]>()
  for (const missing of attachments) {
    const { tag, subject } = missing.attachment
    groups.set(tag ?? subject, [...(groups.get(tag ?? subject) ?? []), missing])
  }
  return [...groups.values()]
}

function skipped(to: Repository, group: readonly MissingAttachment[], error: PromotionError): string {
  const names = group.map(({ attachment: { tag }, graph }) => tag ?? graph.root.digest)
  return `${names.join(', ')} could not be copied to ${formatRepository(to)}: ${error.message}`
}
