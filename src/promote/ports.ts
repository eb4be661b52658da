/** All that a promotion asks of a registry. Reading and writing are different types, so that what only reads cannot write. */
import type { Digest } from '../core/digest.ts'
import type { Manifest } from '../core/manifest.ts'
import type { Reference, Target } from '../core/reference.ts'

/** What can be asked of a registry without changing it. Every method throws `PromotionError`. */
export interface RegistryReader {
  /** Fetches a manifest; undefined when the registry has none by this reference. */
  getManifest(reference: Reference): Promise<Manifest | undefined>
  /** Asks what digest a reference has now; undefined when the registry has nothing by it. */
  headManifest(reference: Reference): Promise<Digest | undefined>
}

/** What changes a registry. Every method throws `PromotionError`. */
export interface RegistryWriter {
  /** Points a tag at a manifest by uploading its bytes, and makes sure that the registry kept them as they are. */
  putManifest(target: Target, manifest: Manifest): Promise<void>
}
