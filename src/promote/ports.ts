/** The ports of a promotion. Reading and writing are different types, so that code that only reads cannot write. */
import type { ImageConfig } from '../oci/config.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import type { PromotionError } from '../oci/errors.ts'
import type { Manifest } from '../oci/manifest.ts'
import type { Placed, Placement } from '../oci/placement.ts'
import type { Reference, Repository, Tag } from '../oci/reference.ts'
import type { Plan } from '../promotion/plan.ts'
import type { Request } from '../promotion/request.ts'

/** What can be asked of a registry without changing it. Every method throws `PromotionError`. */
export interface RegistryReader {
  /** Fetches a manifest; undefined when the registry has none by this reference. */
  getManifest(reference: Reference): Promise<Manifest | undefined>
  /** Asks what digest a reference has now; undefined when the registry has nothing by it. */
  headManifest(reference: Reference): Promise<Digest | undefined>
  /** Fetches the config of an image. */
  getConfig(repository: Repository, digest: Digest): Promise<ImageConfig>
  /** Asks whether a repository has a blob; false also where that cannot be told. */
  hasBlob(repository: Repository, digest: Digest): Promise<boolean>
  /** Lists the tags of a repository. */
  listTags(repository: Repository): Promise<readonly Tag[]>
  /** Lists what refers to a manifest, itself present or not. */
  listReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]>
}

/** What changes a registry. Every method throws `PromotionError`. */
export interface RegistryWriter {
  /**
   * Uploads a manifest's bytes under a tag or its digest, and makes sure that the registry kept them as they are. Before the
   * upload is repeated the reference is read again: where it holds something that `isExpected` does not accept, throws
   * `TagChangedError`.
   */
  putManifest(
    reference: Reference,
    manifest: Manifest,
    isExpected?: (digest: Digest | undefined) => boolean
  ): Promise<void>
  /**
   * Makes a blob exist in a repository, within one registry without sending it where the registry allows that or has it. `onBytes`
   * receives the number of bytes sent, and a negative number for those that must be sent again.
   */
  placeBlob(placement: Placement, onBytes: (count: number) => void): Promise<Placed>
  /** Uploads manifests that refer to a subject, and makes sure that they are listed as its referrers. */
  attachReferrers(repository: Repository, subject: Digest, referrers: readonly Manifest[]): Promise<void>
}

/** Time, as a run that waits needs it. */
export interface Clock {
  /** Tells the time in milliseconds, since any moment; it never goes back. */
  now(): number
  /** Waits, in milliseconds. */
  sleep(duration: number): Promise<void>
}

/** How far copies are. */
export type CopyEvent =
  | { readonly kind: 'begun'; readonly blobs: number; readonly bytes: number }
  | { readonly kind: 'bytes'; readonly count: number }
  | { readonly kind: 'placed'; readonly placement: Placement; readonly how: Placed }

/** Receives the progress of a run. */
export interface ProgressReporter {
  /** Sources do not exist yet, or do not meet the requirements yet; `left` is how long they are still waited for, in milliseconds. */
  waiting(missing: readonly PromotionError[], left: number): void
  /** Everything is decided, and nothing written yet. */
  planned(request: Request, plan: Plan): void
  /** Blobs are being copied to other repositories. */
  copying(event: CopyEvent): void
}
