/** Reads what an image says of its own version and creation, with as few requests as that takes. */
import { type Digest, isDigest } from '../oci/digest.ts'
import { type Edition, isComplete, statedEdition } from '../oci/annotations.ts'
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

/** Reads an edition: from the annotations; what they leave open, from the first platform of an index, from the config of an image. */
export async function readEdition(
  manifest: Manifest,
  { repository, depth = 0 }: Place,
  registry: RegistryReader
): Promise<Edition> {
  const stated = statedEdition(manifest.content.annotations)
  if (isComplete(stated)) return stated
  const config = configOf(manifest)
  if (config !== undefined) return { ...(await registry.getConfig(repository, config)).edition, ...stated }
  const first = firstPlatform(manifest)
  if (first === undefined || depth === MAXIMUM_DEPTH) return stated
  const image = await registry.getManifest({ repository, digest: first })
  if (image === undefined) return stated
  return { ...(await readEdition(image, { repository, depth: depth + 1 }, registry)), ...stated }
}

function firstPlatform(manifest: Manifest): Digest | undefined {
  const [first] = imagesOf(manifest)
  return typeof first?.digest === 'string' && isDigest(first.digest) ? first.digest : undefined
}
