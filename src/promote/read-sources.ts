/** Reads the sources and checks them against the requirements; waits for those that are not ready, where the user asked for that. */
import { configOf } from '../oci/config.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { type Manifest, platformsOf } from '../oci/manifest.ts'
import { formatPlatform } from '../oci/platform.ts'
import { type Reference, type Repository, formatReference } from '../oci/reference.ts'
import { formatDuration } from '../promotion/duration.ts'
import type { Request } from '../promotion/request.ts'
import { type Requirements, unmetRequirement } from '../promotion/requirements.ts'
import type { SourceState } from '../promotion/snapshot.ts'
import { type Source, formatSource } from '../promotion/source.ts'
import { inParallel } from './in-parallel.ts'
import { orError } from './or-error.ts'
import type { Clock, ProgressReporter, RegistryReader } from './ports.ts'

const FIRST_DELAY = 2_000
const LONGEST_DELAY = 15_000
const GROWTH = 1.5
const REPORT_INTERVAL = 60_000

/** How long to wait for sources, and by whose clock. */
export interface SourceWait {
  /** In milliseconds; 0 is not at all. One deadline for all sources. */
  readonly limit: number
  readonly clock: Clock
  readonly progress: Pick<ProgressReporter, 'waiting'>
}

/** What reading a source came to; an error for one that cannot be promoted. */
export type SourceResult = SourceState | { readonly kind: 'rejected'; readonly error: PromotionError }

/** What one attempt came to: `pending` may yet become ready. */
type Attempt =
  | Extract<SourceState, { readonly kind: 'found' }>
  | { readonly kind: 'rejected'; readonly error: PromotionError }
  | { readonly kind: 'pending'; readonly error: PromotionError; readonly isMissing: boolean }

/**
 * Reads every source of a request. Waits until all are ready, unless one can never be. A source that does not exist is
 * `missing` where the request allows that, else `rejected`.
 */
export async function readSources(
  request: Request,
  registry: RegistryReader,
  { limit, clock, progress }: SourceWait
): Promise<SourceResult[]> {
  const { promotions, requirements } = request
  const attempts: Attempt[] = []
  const deadline = clock.now() + limit
  let [delay, reportedAt] = [FIRST_DELAY, -Infinity]
  for (;;) {
    await inParallel([...promotions.entries()], async ([index, { source }]) => {
      if (attempts[index]?.kind !== 'found') attempts[index] = await attempt(source, requirements, registry)
    })
    const now = clock.now()
    const pending = attempts.flatMap(each => (each.kind === 'pending' ? each.error : []))
    const isHopeless = attempts.some(({ kind }) => kind === 'rejected')
    if (pending.length === 0 || isHopeless || now >= deadline) break
    if (now - reportedAt >= REPORT_INTERVAL) {
      progress.waiting(pending, deadline - now)
      reportedAt = now
    }
    await clock.sleep(Math.min(delay, deadline - now))
    delay = Math.min(delay * GROWTH, LONGEST_DELAY)
  }
  return attempts.map(each => resultOf(each, request, limit))
}

function resultOf(attempt: Attempt, { ifMissing }: Request, limit: number): SourceResult {
  if (attempt.kind !== 'pending') return attempt
  const { error, isMissing } = attempt
  if (isMissing && ifMissing === 'skip') return { kind: 'missing', error }
  const explained = limit === 0 ? error : during(`waited for ${formatDuration(limit)}`, error)
  return { kind: 'rejected', error: explained as PromotionError }
}

async function attempt(
  source: Source,
  requirements: Requirements,
  registry: RegistryReader
): Promise<Attempt> {
  const name = formatSource(source)
  if (source.kind === 'index') throw new Error('indexes are not made yet')
  const result = await orError(`reading the source ${name}`, () =>
    tryOnce(source.reference, requirements, registry)
  )
  return result instanceof PromotionError ? { kind: 'rejected', error: result } : result
}

async function tryOnce(
  source: Reference,
  requirements: Requirements,
  registry: RegistryReader
): Promise<Attempt> {
  const manifest = await registry.getManifest(source)
  if (manifest === undefined) return { kind: 'pending', error: missing(source), isMissing: true }
  const platforms =
    requirements.platforms.length > 0
      ? await allPlatformsOf(manifest, source.repository, registry)
      : platformsOf(manifest)
  const image = { manifest, platforms }
  const unmet = unmetRequirement(image, requirements)
  if (unmet === undefined)
    return { kind: 'found', image, parts: [{ repository: source.repository, manifest }] }
  const error = during(formatReference(source), unmet) as PromotionError
  // What a digest names never becomes anything else.
  return source.digest === undefined
    ? { kind: 'pending', error, isMissing: false }
    : { kind: 'rejected', error }
}

async function allPlatformsOf(
  manifest: Manifest,
  repository: Repository,
  registry: RegistryReader
): Promise<readonly string[]> {
  const config = configOf(manifest)
  if (config === undefined) return platformsOf(manifest)
  const { platform } = await registry.getConfig(repository, config)
  const name = formatPlatform(platform)
  return name === undefined ? [] : [name]
}

function missing(source: Reference): PromotionError {
  return new PromotionError(
    'SOURCE_NOT_FOUND',
    `there is no image ${formatReference(source)}: the registry answered 404`,
    {
      advice:
        'Check the registry, the repository and the tag, and that the job that pushes the image has finished (wait-for-source waits ' +
        'for it). Some registries also answer so for a private image that the credentials may not read.'
    }
  )
}
