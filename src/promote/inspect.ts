/** Inspects the registries: reads the sources, what each tag holds, and what else the plan needs. */
import type { VersionMetadata } from '../oci/annotations.ts'
import { PromotionError } from '../oci/errors.ts'
import type { Manifest } from '../oci/manifest.ts'
import {
  type Repository,
  type Tag,
  type Target,
  formatReference,
  formatRepository
} from '../oci/reference.ts'
import type { Copy } from '../promotion/copy.ts'
import { type Facts, type Needs, metadataNeeds, needsOf } from '../promotion/facts.ts'
import type { SourceReport } from '../promotion/report.ts'
import { type Image, type Request, tagsOf } from '../promotion/request.ts'
import type { Snapshot, TagState } from '../promotion/snapshot.ts'
import { findMissingContent } from './copy/inspect.ts'
import { inParallel } from './in-parallel.ts'
import { orError } from './or-error.ts'
import type { RegistryReader } from './ports.ts'
import { caching } from './read-cache.ts'
import { type SourceResult, type SourceWait, readSources } from './read-sources.ts'
import { readVersionMetadata } from './read-version-metadata.ts'

/** What inspecting came to: all that the plan needs, or sources of which some cannot be promoted. */
export type Inspection =
  | { readonly kind: 'accepted'; readonly facts: Facts }
  | { readonly kind: 'rejected'; readonly sources: readonly SourceReport[] }

/** Reads all that a plan needs. Throws where an image cannot be read that has to be copied; what else cannot be read is a fact. */
export async function inspect(
  request: Request,
  registry: RegistryReader,
  wait: SourceWait
): Promise<Inspection> {
  const reader = caching(registry)
  const sources = readSources(request, reader, wait)
  // Tags are read at the same time; where sources may have to be waited for, they are read after that.
  if (wait.limit > 0) await sources
  let isRejected = false
  const checked = sources.then(results => {
    isRejected = results.some(({ kind }) => kind === 'rejected')
    return results
  })
  const tags = readTags(tagsOf(request), reader, () => isRejected)
  // Both end before the run does, whatever becomes of the other.
  await Promise.allSettled([checked, tags])
  const results = await checked
  const states = results.flatMap(result => (result.kind === 'rejected' ? [] : result))
  if (states.length < results.length) return { kind: 'rejected', sources: rejected(request, results) }
  return {
    kind: 'accepted',
    facts: await gather(request, { sources: states, tags: await tags }, reader)
  }
}

/** Reads what each tag holds, by its full name; those not read when `isInVain` says so count as absent. */
export async function readTags(
  tags: readonly Target[],
  registry: Pick<RegistryReader, 'headManifest'>,
  isInVain: () => boolean = () => false
): Promise<Map<string, TagState>> {
  const states = await inParallel(tags, async (tag): Promise<[string, TagState]> => [
    formatReference(tag),
    isInVain() ? { kind: 'absent' } : await readTag(tag, registry)
  ])
  return new Map(states)
}

async function readTag(target: Target, registry: Pick<RegistryReader, 'headManifest'>): Promise<TagState> {
  const digest = await orError(`reading the target ${formatReference(target)}`, () =>
    registry.headManifest(target)
  )
  if (digest instanceof PromotionError) return { kind: 'unreadable', error: digest }
  return digest === undefined ? { kind: 'absent' } : { kind: 'present', digest }
}

/** Reads what a snapshot makes necessary. */
async function gather(request: Request, snapshot: Snapshot, reader: RegistryReader): Promise<Facts> {
  const needs = needsOf(request, snapshot)
  const versions = async (): Promise<Pick<Facts, 'published' | 'metadata'>> => {
    const published = await readPublished(needs.published, reader)
    const images = metadataNeeds(request, snapshot, published)
    return { published, metadata: await readImages(images, image => readMetadata(image, snapshot, reader)) }
  }
  const [compared, kept, copies] = await Promise.all([
    versions(),
    readImages(needs.kept, image => reader.getManifest(image)),
    findCopies(request, { snapshot, needs }, reader)
  ])
  return { snapshot, ...compared, kept, copies }
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
  const read = sources.flatMap(source => (source.kind === 'found' ? source.image.manifest : []))
  const manifest = read.find(({ digest }) => digest === image.digest) ?? (await reader.getManifest(image))
  return manifest === undefined ? {} : readVersionMetadata(manifest, image, reader)
}

/** Reads something of each image, by its full name; an error takes the place of what cannot be read. */
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
  { promotions, referrers }: Request,
  { snapshot: { sources }, needs }: { readonly snapshot: Snapshot; readonly needs: Needs },
  registry: RegistryReader
): Promise<Map<string, Copy | PromotionError>[]> {
  return inParallel([...promotions.entries()], async ([index, { source }]) => {
    const state = sources[index]
    const repositories = needs.copies[index] ?? []
    if (state?.kind !== 'found' || repositories.length === 0) return new Map<string, never>()
    const { manifest } = state.image
    const parts = [{ repository: source.repository, manifest }]
    return findMissingContent({ manifest, parts }, repositories, { registry, referrers })
  })
}

function rejected({ promotions }: Request, results: readonly SourceResult[]): SourceReport[] {
  return results.flatMap((result, index) => {
    const reference = promotions[index]?.source
    if (reference === undefined) return []
    if (result.kind === 'rejected') return { reference, error: result.error }
    return result.kind === 'found' ? { reference, image: result.image } : { reference, isMissing: true }
  })
}
