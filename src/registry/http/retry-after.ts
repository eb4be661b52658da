/** Parses `Retry-After` and its non-standard variants. */

import type { Response } from './message.ts'

/** The longest `Retry-After` that Retag honours, in milliseconds (contract: *Limits*). */
export const MAXIMUM_RETRY_AFTER = 60_000

const SECONDS = /^\d{1,16}(?:\.\d+)?$/
// Docker Hub's API sends the time in seconds since 1970: larger values are times, not waits.
const EPOCH_BEGINS = 1_000_000_000

/**
 * Reads a `Retry-After` value (RFC 9110, 10.2.3) as milliseconds from `now`: seconds, a date, or (Quirk: Docker Hub)
 * seconds since 1970. Undefined if it is malformed or in the past.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  const wait = SECONDS.test(text) ? fromNumber(Number(text), now) : fromDate(text, now)
  return wait !== undefined && wait > 0 ? Math.ceil(wait) : undefined
}

/** Tells whether a request was rejected by a rate limit. Quirk: GitHub's secondary limits are a 403. */
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
  // Date.parse is lenient ("-5", "1 x"); every HTTP date begins with the name of a day.
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : date - now
}
