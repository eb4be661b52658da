/** Walks an image: reads the manifests below its root. */
import type { Graph, LocatedBlob } from '../../promotion/copy.ts'
import { type Descriptor, partsOf } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import { PromotionError, during } from '../../oci/errors.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { kindOfManifest } from '../../oci/media-type.ts'
import { type Repository, formatReference } from '../../oci/reference.ts'
import { inParallel } from '../in-parallel.ts'
import type { RegistryReader } from '../ports.ts'

/** How deep indexes may be nested. */
export const MAXIMUM_DEPTH = 4

/** The most manifests of one image. */
export const MAXIMUM_MANIFESTS = 1000

/** The repository that is read, and the registry client that reads it. */
export interface Place {
  readonly registry: RegistryReader
  readonly from: Repository
}

/**
 * Reads every manifest below one, level by level; of an index, only the images that are needed: all, unless told otherwise. Throws
 * `SOURCE_NOT_FOUND` where one is missing, `MANIFEST_UNSUPPORTED` for more than four levels of indexes or a thousand manifests.
 */
export async function walkImage(
  root: Manifest,
  place: Place,
  isNeeded: (image: Descriptor) => Promise<boolean> = () => Promise.resolve(true)
): Promise<Graph> {
  const known = new Map([[root.digest, root]])
  const listed = new Set([root.digest])
  const read = async (child: Descriptor): Promise<Manifest[]> =>
    kindOfManifest(child.mediaType) === 'image' && !(await isNeeded(child))
      ? []
      : [await readChild(child, place)]
  let level: readonly Manifest[] = [root]
  for (let depth = 1; level.some(({ kind }) => kind === 'index'); depth++) {
    if (depth > MAXIMUM_DEPTH)
      throw tooMuch(`its indexes are nested more than ${MAXIMUM_DEPTH.toString()} levels deep`)
    const children = level.flatMap(manifest => partsOf(manifest).manifests)
    const fresh = new Map(
      children.filter(({ digest }) => !listed.has(digest)).map(child => [child.digest, child])
    )
    for (const digest of fresh.keys()) listed.add(digest)
    if (listed.size > MAXIMUM_MANIFESTS)
      throw tooMuch(`it holds more than ${MAXIMUM_MANIFESTS.toString()} manifests`)
    level = (await inParallel([...fresh.values()], read)).flat()
    for (const manifest of level) known.set(manifest.digest, manifest)
  }
  const manifests = inOrder(root, known)
  const blobs = new Map(
    manifests
      .flatMap(manifest => partsOf(manifest).blobs)
      .map(blob => [blob.digest, { ...blob, from: place.from }])
  )
  return { root, manifests, blobs: [...blobs.values()] }
}

/** Lists manifests and the children that they list, read or not. */
export function digestsIn(manifests: readonly Manifest[]): ReadonlySet<Digest> {
  return new Set(
    manifests.flatMap(manifest => [manifest, ...partsOf(manifest).manifests]).map(({ digest }) => digest)
  )
}

/** Lists the blobs that manifests list. */
export function blobDigestsIn(manifests: readonly Manifest[]): ReadonlySet<Digest> {
  return new Set(manifests.flatMap(manifest => partsOf(manifest).blobs).map(({ digest }) => digest))
}

/** Joins the graphs of an index's parts below the index; what of the parts it does not list is left out. */
export function joinGraphs(root: Manifest, parts: readonly Graph[]): Graph {
  const known = new Map(parts.flatMap(part => part.manifests).map(manifest => [manifest.digest, manifest]))
  const manifests = inOrder(root, known.set(root.digest, root))
  const needed = blobDigestsIn(manifests)
  const blobs = new Map<Digest, LocatedBlob>()
  for (const blob of parts.flatMap(part => part.blobs))
    if (needed.has(blob.digest) && !blobs.has(blob.digest)) blobs.set(blob.digest, blob)
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
    `the image's index lists ${formatReference(reference)}, which the registry does not have`,
    { advice: 'The image is incomplete in its own repository. Push it again with all of its platforms.' }
  )
}

function tooMuch(why: string): PromotionError {
  return new PromotionError('MANIFEST_UNSUPPORTED', `the image cannot be copied: ${why}`, {
    advice: 'No builder makes images near this limit. Check what was pushed.'
  })
}
