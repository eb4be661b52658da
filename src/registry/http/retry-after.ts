/** Reads `Retry-After` and what registries send in its place: how long a client is asked to wait. */

import type { Response } from './message.ts'

/** The longest wait that a registry is granted, in milliseconds (contract: *Limits*). */
export const MAXIMUM_RETRY_AFTER = 60_000

const SECONDS = /^\d{1,16}(?:\.\d+)?$/
// Docker Hub's API sends the moment itself, in seconds since 1970: no registry means a wait of thirty years.
const EPOCH_BEGINS = 1_000_000_000

/**
 * Reads a `Retry-After` value (RFC 9110, 10.2.3) as milliseconds from `now`: seconds, a date, or (Quirk: Docker Hub)
 * seconds since 1970. Undefined where it says nothing usable: nonsense, or a moment that has passed.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  const wait = SECONDS.test(text) ? fromNumber(Number(text), now) : fromDate(text, now)
  return wait !== undefined && wait > 0 ? Math.ceil(wait) : undefined
}

/** Tells whether an answer says that requests come too fast, and was not processed. Quirk: GitHub's secondary limits are a 403. */
export function isRateLimited({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return (
    status === 429 ||
    (status === 403 && parseRetryAfter(headers['retry-after'], Date.UTC(2000)) !== undefined)
  )
}

function fromNumber(seconds: number, now: number): number {
  return seconds > EPOCH_BEGINS ? seconds * 1000 - now : seconds * 1000
}

function fromDate(text: string, now: number): number | undefined {
  // Date.parse takes much for a date that is none ("-5", "1 x"); every form of HTTP date begins with a day's name.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date - now
}
