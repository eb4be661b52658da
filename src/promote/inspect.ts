/** Inspects the registries: reads the sources, what each tag holds, and what else the plan needs. */
import type { VersionMetadata } from '../oci/annotations.ts'
import { PromotionError } from '../oci/errors.ts'
import { type Manifest, imagesOf } from '../oci/manifest.ts'
import { type Repository, type Tag, formatReference, formatRepository } from '../oci/reference.ts'
import type { Copy } from '../promotion/copy.ts'
import { type Facts, destinationsOf, metadataNeeds, needsOf } from '../promotion/facts.ts'
import type { SourceReport } from '../promotion/report.ts'
import { type Image, type Request, tagsOf } from '../promotion/request.ts'
import type { FoundSource, Part, Snapshot } from '../promotion/snapshot.ts'
import { findMissingContent } from './copy/inspect.ts'
import { inParallel } from './in-parallel.ts'
import { orError } from './or-error.ts'
import type { RegistryReader } from './ports.ts'
import { type SourceResult, type SourceWait, readSources } from './read-sources.ts'
import type { TagReader } from './tag-reader.ts'
import { readVersionMetadata } from './read-version-metadata.ts'

/** The result of inspecting: all that the plan needs, or the sources, of which some cannot be promoted. */
export type Inspection =
  | { readonly kind: 'accepted'; readonly facts: Facts }
  | { readonly kind: 'rejected'; readonly sources: readonly SourceReport[] }

/** What reads: images, each once; and tags, as often as it is needed. */
export interface Readers {
  readonly reader: RegistryReader
  readonly tags: TagReader
}

/** Reads all that a plan needs. Throws where an image cannot be read that has to be copied; what else cannot be read is a fact. */
export async function inspect(
  request: Request,
  { reader, tags }: Readers,
  wait: SourceWait
): Promise<Inspection> {
  const sources = readSources(request, reader, wait)
  // Tags are read at the same time; where sources may have to be waited for, they are read after that.
  if (wait.limit > 0) await sources
  let isRejected = false
  const checked = sources.then(results => {
    isRejected = results.some(({ kind }) => kind === 'rejected')
    return results
  })
  const read = tags.read(tagsOf(request), () => isRejected)
  // Both end before the run does, whatever becomes of the other.
  await Promise.allSettled([checked, read])
  const results = await checked
  const states = results.flatMap(result => (result.kind === 'rejected' ? [] : result))
  if (states.length < results.length) return { kind: 'rejected', sources: rejected(request, results) }
  await read
  const snapshot = { sources: states, tags: tags.states() }
  const [facts, copies] = await Promise.all([
    gather(request, snapshot, reader),
    findCopies(request, snapshot, reader)
  ])
  return { kind: 'accepted', facts: { ...facts, copies } }
}

/** Reads what a snapshot makes necessary to decide. */
export async function gather(
  request: Request,
  snapshot: Snapshot,
  reader: RegistryReader
): Promise<Omit<Facts, 'copies'>> {
  const needs = needsOf(request, snapshot)
  const versions = async (): Promise<Pick<Facts, 'published' | 'metadata'>> => {
    const published = await readPublished(needs.published, reader)
    const images = metadataNeeds(request, snapshot, published)
    return { published, metadata: await readImages(images, image => readMetadata(image, snapshot, reader)) }
  }
  const [compared, kept] = await Promise.all([
    versions(),
    readImages(needs.kept, image => reader.getManifest(image))
  ])
  return { snapshot, ...compared, kept }
}

async function readPublished(
  repositories: readonly Repository[],
  reader: RegistryReader
): Promise<Map<string, readonly Tag[] | PromotionError>> {
  const lists = await inParallel(repositories, async repository => {
    const name = formatRepository(repository)
    return [name, await orError(`listing the tags of ${name}`, () => reader.listTags(repository))] as const
  })
  return new Map(lists)
}

async function readMetadata(
  image: Image,
  { sources }: Snapshot,
  reader: RegistryReader
): Promise<VersionMetadata> {
  const found = sources.filter(source => source.kind === 'found')
  const source = found.find(each => each.image.manifest.digest === image.digest)
  const manifest = source?.image.manifest ?? (await reader.getManifest(image))
  if (manifest === undefined) return {}
  const home = (source && partWithFirstPlatform(source)) ?? image
  return readVersionMetadata(manifest, home, reader)
}

/** Finds the part that has the first platform of an index; undefined where none is for a platform. */
function partWithFirstPlatform({ image, parts }: FoundSource): Part | undefined {
  const [first] = imagesOf(image.manifest)
  return parts.find(
    ({ manifest }) =>
      manifest.digest === first?.digest || imagesOf(manifest).some(({ digest }) => digest === first?.digest)
  )
}

/** Reads something of each image, by its full name; an error for what cannot be read. */
async function readImages<T extends Manifest | VersionMetadata | undefined>(
  images: readonly Image[],
  read: (image: Image) => Promise<T>
): Promise<Map<string, T | PromotionError>> {
  const results = await inParallel(images, async image => {
    const name = formatReference(image)
    return [name, await orError(`reading ${name}`, () => read(image))] as const
  })
  return new Map(results)
}

function findCopies(
  request: Request,
  snapshot: Snapshot,
  registry: RegistryReader
): Promise<Map<string, Copy | PromotionError>[]> {
  const { promotions, referrers } = request
  const { sources } = snapshot
  const destinations = destinationsOf(request, snapshot)
  return inParallel([...promotions.keys()], async index => {
    const state = sources[index]
    const to = destinations[index] ?? []
    if (state?.kind !== 'found' || to.length === 0) return new Map<string, never>()
    const { image, parts } = state
    return findMissingContent({ manifest: image.manifest, parts }, to, { registry, referrers })
  })
}

function rejected({ promotions }: Request, results: readonly SourceResult[]): SourceReport[] {
  return results.flatMap((result, index) => {
    const source = promotions[index]?.source
    if (source === undefined) return []
    if (result.kind === 'rejected') return { source, error: result.error }
    return result.kind === 'found' ? { source, image: result.image } : { source, isMissing: true }
  })
}
