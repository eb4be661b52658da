/** Surveys what hangs below an image in the source's repository. */
import type { Graph } from '../../promotion/copy.ts'
import { type Descriptor, partsOf } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import { PromotionError, during } from '../../oci/errors.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { type Repository, formatReference } from '../../oci/reference.ts'
import { inParallel } from '../in-parallel.ts'
import type { RegistryReader } from '../ports.ts'

/** How deep indexes may lie in one another. */
export const MAXIMUM_DEPTH = 4

/** The most manifests of one image. */
export const MAXIMUM_MANIFESTS = 1000

/** Where something is surveyed, and by what. */
export interface Place {
  readonly registry: RegistryReader
  readonly from: Repository
}

/**
 * Reads every manifest below one, level by level. Throws `SOURCE_NOT_FOUND` where one is missing, `MANIFEST_UNSUPPORTED`
 * for more than four levels of indexes or a thousand manifests.
 */
export async function surveyGraph(root: Manifest, place: Place): Promise<Graph> {
  const known = new Map([[root.digest, root]])
  let level: readonly Manifest[] = [root]
  for (let depth = 1; level.some(({ kind }) => kind === 'index'); depth++) {
    if (depth > MAXIMUM_DEPTH)
      throw tooMuch(`its indexes lie more than ${MAXIMUM_DEPTH.toString()} deep in one another`)
    const children = level.flatMap(manifest => partsOf(manifest).manifests)
    const fresh = new Map(
      children.filter(({ digest }) => !known.has(digest)).map(child => [child.digest, child])
    )
    if (known.size + fresh.size > MAXIMUM_MANIFESTS)
      throw tooMuch(`it holds more than ${MAXIMUM_MANIFESTS.toString()} manifests`)
    level = await inParallel([...fresh.values()], child => readChild(child, place))
    for (const manifest of level) known.set(manifest.digest, manifest)
  }
  const manifests = inOrder(root, known)
  const blobs = new Map(
    manifests.flatMap(manifest => partsOf(manifest).blobs).map(blob => [blob.digest, blob])
  )
  return { root, manifests, blobs: [...blobs.values()] }
}

/** Sorts manifests so that each comes after all that it points to. */
function inOrder(root: Manifest, known: ReadonlyMap<Digest, Manifest>): Manifest[] {
  const ordered = new Set<Manifest>()
  const visited = new Set<Digest>()
  const visit = (manifest: Manifest | undefined): void => {
    if (manifest === undefined || visited.has(manifest.digest)) return
    visited.add(manifest.digest)
    for (const { digest } of partsOf(manifest).manifests) visit(known.get(digest))
    ordered.add(manifest)
  }
  visit(root)
  return [...ordered]
}

async function readChild({ digest }: Descriptor, { registry, from }: Place): Promise<Manifest> {
  const reference = { repository: from, digest }
  const manifest = await registry.getManifest(reference).catch((error: unknown) => {
    throw during(`reading ${formatReference(reference)}`, error)
  })
  if (manifest !== undefined) return manifest
  throw new PromotionError(
    'SOURCE_NOT_FOUND',
    `the image's index lists ${formatReference(reference)}, and the registry has no such manifest`,
    { advice: 'The image is not whole in its own repository. Push it again, with all of its platforms.' }
  )
}

function tooMuch(why: string): PromotionError {
  return new PromotionError('MANIFEST_UNSUPPORTED', `the image cannot be copied: ${why}`, {
    advice: 'Retag copies what builders make; nothing real comes near this limit.'
  })
}
