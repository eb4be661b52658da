/** Reads the sources; waits for those that are not ready, where the user asked for that. */
import { type PromotionError, during } from '../oci/errors.ts'
import { formatDuration } from '../promotion/duration.ts'
import type { Request } from '../promotion/request.ts'
import type { SourceState } from '../promotion/snapshot.ts'
import { inParallel } from './in-parallel.ts'
import type { Clock, ProgressReporter, RegistryReader } from './ports.ts'
import { type Attempt, readSource } from './read-source.ts'

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

/** The result of reading a source; an error for one that cannot be promoted. */
export type SourceResult = SourceState | { readonly kind: 'rejected'; readonly error: PromotionError }

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
      if (attempts[index]?.kind !== 'found')
        attempts[index] = await readSource(source, requirements, registry)
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
