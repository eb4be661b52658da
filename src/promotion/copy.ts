/** Copies between repositories, as values: what belongs to an image, what a repository lacks of it, what was moved. */
import type { Descriptor } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import type { Manifest } from '../oci/manifest.ts'
import { type Repository, type Tag, canMount } from '../oci/reference.ts'

/** A manifest with all that hangs below it. */
export interface Graph {
  readonly root: Manifest
  /** Every manifest once, children before their parents, the root last. */
  readonly manifests: readonly Manifest[]
  /** Every blob once. */
  readonly blobs: readonly Descriptor[]
}

/** Something that is attached to an image from outside: a signature, an SBOM, an attestation. */
export interface Attachment {
  readonly subject: Digest
  /** The tag that attaches it (cosign); absent where it refers to its subject itself. */
  readonly tag?: Tag
  readonly graph: Graph
}

/** All that is to be copied from the source's repository. */
export interface Belongings {
  readonly from: Repository
  readonly image: Graph
  /** What is attached to an attachment comes after it. */
  readonly attachments: readonly Attachment[]
  /** What could not be read, one sentence each. */
  readonly warnings: readonly string[]
}

/** What a repository lacks of a graph. */
export interface Lack {
  readonly graph: Graph
  /** In the graph's order. */
  readonly manifests: readonly Manifest[]
  readonly blobs: readonly Descriptor[]
}

/** An attachment that a repository lacks, wholly or in part. */
export interface LackingAttachment extends Lack {
  readonly attachment: Attachment
}

/** A copy that is to be made: what one repository lacks. */
export interface Copy {
  readonly from: Repository
  readonly to: Repository
  readonly image: Lack
  readonly attachments: readonly LackingAttachment[]
  /** How many blobs of the image and its attachments are there already. */
  readonly present: number
  /** What cannot be taken along, one sentence each. */
  readonly warnings: readonly string[]
}

/** What copies moved, or will move (contract: *Outputs*). */
export interface Copied {
  readonly manifests: number
  /** Sent through this machine. */
  readonly blobs: number
  /** The size of the blobs sent. */
  readonly bytes: number
  /** Taken over within a registry without being sent. */
  readonly mounted: number
  /** There already. */
  readonly present: number
  /** Attachments: referrers and what cosign's tags attach. */
  readonly referrers: number
}

/** What has been moved when nothing has. */
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

/** Lists all that a copy lacks: the image first, then its attachments. */
export function lacksOf({ image, attachments }: Copy): readonly Lack[] {
  return [image, ...attachments]
}

/** Tells what copies will move if every registry does what it can: within one, blobs are mounted. */
export function expectCopied(copies: readonly Copy[]): Copied {
  return sumCopied(
    copies.map(copy => {
      const blobs = lacksOf(copy).flatMap(lack => lack.blobs)
      return {
        manifests: lacksOf(copy).reduce((sum, { manifests }) => sum + manifests.length, 0),
        present: copy.present,
        referrers: copy.attachments.length,
        ...(canMount(copy)
          ? { mounted: blobs.length }
          : { blobs: blobs.length, bytes: blobs.reduce((sum, { size }) => sum + size, 0) })
      }
    })
  )
}
