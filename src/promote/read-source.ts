/** Reads one source once: an image, or the parts of an index, which is made here. Checks it against the requirements. */
import { configOf } from '../oci/config.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { indexTooLarge } from '../oci/index-json.ts'
import { listFirst } from '../oci/listing.ts'
import { type IndexPart, MAXIMUM_PARTS_BYTES, makeIndex } from '../oci/make-index.ts'
import { type Manifest, platformsOf } from '../oci/manifest.ts'
import { type Platform, platformName } from '../oci/platform.ts'
import { type Reference, type Repository, formatReference } from '../oci/reference.ts'
import { type Requirements, unmetRequirement } from '../promotion/requirements.ts'
import type { FoundSource } from '../promotion/snapshot.ts'
import { type IndexSource, type Source, formatSource, referencesOf } from '../promotion/source.ts'
import { inParallel } from './in-parallel.ts'
import { orError } from './or-error.ts'
import type { RegistryReader } from './ports.ts'

/** The result of one attempt; `pending` may still become ready. */
export type Attempt =
  | FoundSource
  | { readonly kind: 'rejected'; readonly error: PromotionError }
  | { readonly kind: 'pending'; readonly error: PromotionError; readonly isMissing: boolean }

// Of the images that a message names.
const MAXIMUM_NAMED = 5

/** Reads a source: one GET for each manifest, and of an index one for the config of each part that is an image. */
export async function readSource(
  source: Source,
  requirements: Requirements,
  registry: RegistryReader
): Promise<Attempt> {
  const doing =
    source.kind === 'image'
      ? `reading the source ${formatSource(source)}`
      : `making an index of ${source.parts.length.toString()} images`
  const result = await orError(doing, () => attempt(source, requirements, registry))
  return result instanceof PromotionError ? { kind: 'rejected', error: result } : result
}

async function attempt(
  source: Source,
  requirements: Requirements,
  registry: RegistryReader
): Promise<Attempt> {
  const found =
    source.kind === 'image'
      ? await readImage(source.reference, requirements, registry)
      : await readIndex(source, registry)
  if ('absent' in found) return { kind: 'pending', error: missing(found.absent), isMissing: true }
  const unmet = unmetRequirement(found.image, requirements)
  if (unmet === undefined) return found
  const error = during(formatSource(source), unmet) as PromotionError
  // The content of a digest never changes.
  return referencesOf(source).every(({ digest }) => digest !== undefined)
    ? { kind: 'rejected', error }
    : { kind: 'pending', error, isMissing: false }
}

/** The images that a source lacks. */
interface Absent {
  readonly absent: readonly Reference[]
}

async function readImage(
  reference: Reference,
  { platforms: required }: Requirements,
  registry: RegistryReader
): Promise<FoundSource | Absent> {
  const { repository } = reference
  const manifest = await registry.getManifest(reference)
  if (manifest === undefined) return { absent: [reference] }
  const stated = required.length > 0 && (await statedPlatform(manifest, repository, registry))
  const platforms = stated ? [platformName(stated)] : platformsOf(manifest)
  return { kind: 'found', image: { manifest, platforms }, parts: [{ repository, manifest }] }
}

async function readIndex(source: IndexSource, registry: RegistryReader): Promise<FoundSource | Absent> {
  let size = 0
  const parts = await inParallel(source.parts, async reference => {
    try {
      const part = await readPart(reference, registry)
      size += part?.manifest.bytes.length ?? 0
      if (size > MAXIMUM_PARTS_BYTES) throw indexTooLarge()
      return part
    } catch (error) {
      throw during(`reading ${formatReference(reference)}`, error)
    }
  })
  const absent = source.parts.filter((_, index) => parts[index] === undefined)
  if (absent.length > 0) return { absent }
  const present = parts.filter(part => part !== undefined)
  const manifest = makeIndex(present, source)
  return {
    kind: 'found',
    image: { manifest, platforms: platformsOf(manifest) },
    parts: present.map(part => ({ repository: part.reference.repository, manifest: part.manifest }))
  }
}

async function readPart(reference: Reference, registry: RegistryReader): Promise<IndexPart | undefined> {
  const manifest = await registry.getManifest(reference)
  if (manifest === undefined) return undefined
  return { reference, manifest, platform: await statedPlatform(manifest, reference.repository, registry) }
}

/** Reads the platform of an image from its config; undefined for an index, whose descriptors state it. */
async function statedPlatform(
  manifest: Manifest,
  repository: Repository,
  registry: RegistryReader
): Promise<Platform | undefined> {
  const config = configOf(manifest)
  return config && (await registry.getConfig(repository, config)).platform
}

function missing(absent: readonly Reference[]): PromotionError {
  const names = listFirst(absent.map(formatReference), MAXIMUM_NAMED, ' and ')
  const what = absent.every(({ digest }) => digest === undefined) ? 'tag' : 'digest'
  const notAnId =
    what === 'tag'
      ? ''
      : ' An image ID, as `docker images` shows it, is not such a digest: docker/build-push-action has it in its output "digest".'
  return new PromotionError('SOURCE_NOT_FOUND', `there is no image ${names}: the registry answered 404`, {
    advice:
      `Check the registry, the repository and the ${what}, and that the job that pushes the image has finished (wait-for-source ` +
      `waits for it). Some registries also answer so for a private image that the credentials may not read.${notAnId}`
  })
}
