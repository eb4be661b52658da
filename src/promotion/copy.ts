/** Copies between repositories, as values: an image's content, what a repository is missing of it, what was moved. */
import type { Descriptor } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import type { Manifest } from '../oci/manifest.ts'
import { type Repository, type Tag, canMount } from '../oci/reference.ts'

/** A blob, and a repository that has it. */
export interface LocatedBlob extends Descriptor {
  readonly from: Repository
}

/** A repository that is to have an image. */
export interface Destination {
  readonly repository: Repository
  /** Whether a tag in it points to the image already. */
  readonly hasImage: boolean
}

/** A manifest with what is below it. */
export interface Graph {
  readonly root: Manifest
  /** Every manifest that was read, once, children before their parents, the root last. */
  readonly manifests: readonly Manifest[]
  /** Every blob of these once. */
  readonly blobs: readonly LocatedBlob[]
}

/** Something attached to an image from outside: a signature, an SBOM, an attestation. */
export interface Attachment {
  readonly subject: Digest
  /** The cosign tag that attaches it; absent where it is a referrer. */
  readonly tag?: Tag
  readonly graph: Graph
}

/** What a repository is missing of a graph. */
export interface MissingContent {
  readonly graph: Graph
  /** In the graph's order. */
  readonly manifests: readonly Manifest[]
  readonly blobs: readonly LocatedBlob[]
}

/** An attachment that a repository is missing, wholly or in part. */
export interface MissingAttachment extends MissingContent {
  readonly attachment: Attachment
}

/** A copy to be made: what one repository is missing. */
export interface Copy {
  readonly to: Repository
  readonly image: MissingContent
  readonly attachments: readonly MissingAttachment[]
  /** How many blobs of the manifests that the repository is missing it has already. */
  readonly present: number
  /** What will not be copied, one sentence each. */
  readonly warnings: readonly string[]
}

/** What copies moved, or will move (contract: *Outputs*). */
export interface Copied {
  readonly manifests: number
  /** Downloaded and uploaded by this machine. */
  readonly blobs: number
  /** The size of the blobs sent. */
  readonly bytes: number
  /** Mounted from another repository of the same registry. */
  readonly mounted: number
  /** In the repository already, and part of a manifest that was not. */
  readonly present: number
  /** Attachments: referrers, and what cosign's tags attach. */
  readonly referrers: number
}

/** The counts of no copy at all. */
export const nothingCopied: Copied = {
  manifests: 0,
  blobs: 0,
  bytes: 0,
  mounted: 0,
  present: 0,
  referrers: 0
}

/** Adds up what several copies moved. */
export function sumCopied(parts: readonly Partial<Copied>[]): Copied {
  return parts.reduce<Copied>(
    (sum, part) => ({
      manifests: sum.manifests + (part.manifests ?? 0),
      blobs: sum.blobs + (part.blobs ?? 0),
      bytes: sum.bytes + (part.bytes ?? 0),
      mounted: sum.mounted + (part.mounted ?? 0),
      present: sum.present + (part.present ?? 0),
      referrers: sum.referrers + (part.referrers ?? 0)
    }),
    nothingCopied
  )
}

/** Lists what a copy consists of: the image first, then its attachments. */
export function missingContentOf({ image, attachments }: Copy): readonly MissingContent[] {
  return [image, ...attachments]
}

/** Tells what copies will move if every registry does what it can: within one, blobs are mounted after the first. */
export function expectCopied(copies: readonly Copy[]): Copied {
  const holders = new Map<string, Repository>()
  const moved = ({ from, digest, size }: LocatedBlob, to: Repository): Partial<Copied> => {
    const name = `${to.registry}@${digest}`
    const isMounted = [from, holders.get(name)].some(holder => holder && canMount({ from: holder, to }))
    holders.set(name, to)
    return isMounted ? { mounted: 1 } : { blobs: 1, bytes: size }
  }
  return sumCopied(
    copies.flatMap(copy => {
      const content = missingContentOf(copy)
      return [
        {
          manifests: content.reduce((sum, { manifests }) => sum + manifests.length, 0),
          present: copy.present,
          referrers: copy.attachments.length
        },
        ...content.flatMap(({ blobs }) => blobs).map(blob => moved(blob, copy.to))
      ]
    })
  )
}
