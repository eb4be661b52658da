/** Reads what an image says of its own version and creation, with as few requests as that takes. */
import { type Digest, isDigest } from '../oci/digest.ts'
import { type VersionMetadata, isComplete, statedMetadata } from '../oci/annotations.ts'
import { configOf } from '../oci/config.ts'
import { type Manifest, imagesOf } from '../oci/manifest.ts'
import type { Repository } from '../oci/reference.ts'
import type { RegistryReader } from './ports.ts'

// As deep as indexes may be nested (contract: *Limits*).
const MAXIMUM_DEPTH = 4

/** Where an image is, and how deep in an index. */
export interface Place {
  readonly repository: Repository
  readonly depth?: number
}

/** Reads version metadata: from the annotations, else from the config of the image, of an index from its first platform's. */
export async function readVersionMetadata(
  manifest: Manifest,
  { repository, depth = 0 }: Place,
  registry: RegistryReader
): Promise<VersionMetadata> {
  const stated = statedMetadata(manifest.content.annotations)
  if (isComplete(stated)) return stated
  const config = configOf(manifest)
  if (config !== undefined) return { ...(await registry.getConfig(repository, config)).metadata, ...stated }
  const first = firstPlatform(manifest)
  if (first === undefined || depth === MAXIMUM_DEPTH) return stated
  const image = await registry.getManifest({ repository, digest: first })
  if (image === undefined) return stated
  return { ...(await readVersionMetadata(image, { repository, depth: depth + 1 }, registry)), ...stated }
}

function firstPlatform(manifest: Manifest): Digest | undefined {
  const [first] = imagesOf(manifest)
  return typeof first?.digest === 'string' && isDigest(first.digest) ? first.digest : undefined
}
