/** All that a promotion asks of the world. Reading and writing are different types, so that what only reads cannot write. */
import type { Digest } from '../core/digest.ts'
import type { PromotionError } from '../core/errors.ts'
import type { ImageConfig } from '../core/image-config.ts'
import type { Manifest } from '../core/manifest.ts'
import type { Order, Plan } from '../core/plan.ts'
import type { Reference, Repository, Target } from '../core/reference.ts'

/** What can be asked of a registry without changing it. Every method throws `PromotionError`. */
export interface RegistryReader {
  /** Fetches a manifest; undefined when the registry has none by this reference. */
  getManifest(reference: Reference): Promise<Manifest | undefined>
  /** Asks what digest a reference has now; undefined when the registry has nothing by it. */
  headManifest(reference: Reference): Promise<Digest | undefined>
  /** Fetches the config of an image. */
  getConfig(repository: Repository, digest: Digest): Promise<ImageConfig>
}

/** What changes a registry. Every method throws `PromotionError`. */
export interface RegistryWriter {
  /** Points a tag at a manifest by uploading its bytes, and makes sure that the registry kept them as they are. */
  putManifest(target: Target, manifest: Manifest): Promise<void>
}

/** Time, as a run that waits needs it. */
export interface Clock {
  /** Tells the time in milliseconds, since any moment; it never goes back. */
  now(): number
  /** Waits, in milliseconds. */
  sleep(duration: number): Promise<void>
}

/** Is told how a run goes on, while it goes on. */
export interface Narrator {
  /** The source is not there yet, or not as it must be; `left` is how long it is still waited for, in milliseconds. */
  waits(missing: PromotionError, left: number): void
  /** All is known, and nothing done yet. */
  plans(order: Order, intended: Plan): void
}
