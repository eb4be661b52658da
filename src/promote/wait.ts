/** Waits for what is not there yet, in steps that grow from 2 to 15 seconds. */
import { formatDuration } from '../promotion/duration.ts'
import { PromotionError, during } from '../oci/errors.ts'
import type { Clock, Narrator } from './ports.ts'

const FIRST_DELAY = 2_000
const LONGEST_DELAY = 15_000
const GROWTH = 1.5
const TOLD_EVERY = 60_000

/** How long to wait, and by whose clock. */
export interface Patience {
  /** In milliseconds; 0 is not at all. */
  readonly limit: number
  readonly clock: Clock
  readonly narrator: Pick<Narrator, 'waits'>
}

/** What an attempt came to: what was looked for, or what is still missing. */
export type Attempt<T> =
  { readonly kind: 'ready'; readonly value: T } | { readonly kind: 'missing'; readonly error: PromotionError }

/**
 * Attempts until something is ready. Tells what is missing at once, and every minute from then on. Throws what is still missing
 * when the time is over; an error that an attempt throws ends the waiting.
 */
export async function patiently<T>(
  attempt: () => Promise<Attempt<T>>,
  { limit, clock, narrator }: Patience
): Promise<T> {
  const start = clock.now()
  let [delay, toldAt] = [FIRST_DELAY, -Infinity]
  for (;;) {
    const outcome = await attempt()
    if (outcome.kind === 'ready') return outcome.value
    const now = clock.now()
    const left = start + limit - now
    if (left <= 0)
      throw limit === 0 ? outcome.error : during(`waited for ${formatDuration(limit)}`, outcome.error)
    if (now - toldAt >= TOLD_EVERY) {
      narrator.waits(outcome.error, left)
      toldAt = now
    }
    await clock.sleep(Math.min(delay, left))
    delay = Math.min(delay * GROWTH, LONGEST_DELAY)
  }
}
