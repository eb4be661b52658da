/**
 * Which requests are retried, how many attempts they get, and the wait between them:
 *
 *     outcome                               GET HEAD   write with beforeRepeat   other writes   wait
 *     connection lost                       4          4                         –              backoff
 *     timed out                             2          2                         –              backoff
 *     408 425 500 502 503 504               4          4                         –              Retry-After, else backoff
 *     429, 403 with Retry-After             2 minutes  2 minutes                 2 minutes      throttle.ts
 *     400 404 "blob/manifest unknown"       –          5, after another write    –              backoff
 *     500 "blob/manifest unknown"           4          –                         –              backoff
 *     connection refused after an answer     4          4                         –              backoff
 *     anything else                         –          –                         –              –
 *
 * Quirk: for some seconds after an upload, GHCR does not find the blob or manifest and refuses a manifest that refers to it.
 * A write whose response was lost may have been done, and a registry with immutable tags would refuse the retry: `beforeRepeat`
 * finds out. After a 429, throttle.ts sends fewer requests and says when retrying is pointless. A request that alone gets 429 is
 * retried for two minutes.
 * Once a request has used up its attempts, further requests to the origin get one attempt each until it answers: a thousand
 * tags do not wait a thousand times for a registry that is down.
 */
import { PromotionError, isUnavailable } from '../../oci/errors.ts'
import { explainRefusal, isContentMissing, readErrorBody } from './error-body.ts'
import { type Request, type Response, type Send } from './message.ts'
import { isConnectionRefused, isPassing } from './network-error.ts'
import { isRateLimited, parseRetryAfter } from './retry-after.ts'

/** What retrying depends on. */
export interface RetryOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Tells whether a server has sent so many 429 that retrying is pointless. */
  readonly isExhausted: (url: URL) => boolean
  /** Logs each wait, as a sentence. */
  readonly log: (line: string) => void
}

/** The outcome of one attempt: a response or an error. */
export type Outcome<T = Response> =
  | { readonly kind: 'answered'; readonly response: T }
  | { readonly kind: 'lost'; readonly error: PromotionError }

/** What is known of one origin. */
interface OriginState {
  /** Whether it has ever answered: if so, a refused connection means an overload or a restart. */
  hasAnswered: boolean
  /** Whether it has accepted a write of this run: what it does not find may have been written a moment ago. */
  hasWritten: boolean
  /** Whether a request has used up its attempts since the last answer. */
  isDown: boolean
}

const newOrigin: OriginState = { hasAnswered: false, hasWritten: false, isDown: false }
// In milliseconds since its first 429. At two requests per second, no request of many gets more than a few.
const LIMITED_AT_MOST = 120_000
const ATTEMPTS_WHEN_LOST = 4
const ATTEMPTS_WHEN_TIMED_OUT = 2
const ATTEMPTS_WHEN_FAILED = 4
const FAILURES: readonly number[] = [408, 425, 500, 502, 503, 504]
const ATTEMPTS_WHEN_LAGGING = 5
const FIRST_BACKOFF = 250
const LONGEST_BACKOFF = 8_000

/** Returns how often a request with this outcome is attempted in total, by the table above; Infinity if time decides. */
export function attemptsFor(request: Request, outcome: Outcome, origin: OriginState = newOrigin): number {
  if (isLimited(outcome)) return Infinity
  if (!isSafe(request) && request.beforeRepeat === undefined) return 1
  return outcome.kind === 'answered'
    ? attemptsWhenAnswered(request, outcome.response, origin)
    : attemptsWhenLost(outcome.error, origin)
}

function attemptsWhenAnswered(request: Request, response: Response, { hasWritten }: OriginState): number {
  const isRefusedWrite = !isSafe(request) && isContentUnknown(response)
  if (isRefusedWrite && response.status < 500) return hasWritten ? ATTEMPTS_WHEN_LAGGING : 1
  return FAILURES.includes(response.status) && !isRefusedWrite ? ATTEMPTS_WHEN_FAILED : 1
}

function attemptsWhenLost(error: PromotionError, { hasAnswered }: OriginState): number {
  if (error.code === 'TIMED_OUT') return ATTEMPTS_WHEN_TIMED_OUT
  const isBusy = hasAnswered && isConnectionRefused(error)
  return isBusy || isPassing(error) ? ATTEMPTS_WHEN_LOST : 1
}

/** Chooses how long to wait after the given attempt (1 is the first), in milliseconds: doubling, half of it random. */
export function backoff(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** attempt)
  return Math.round(longest / 2 + (longest / 2) * random)
}

interface Attempt {
  readonly request: Request
  readonly outcome: Outcome
  readonly number: number
  /** The time of the first of the latest 429 responses in a row. */
  readonly limitedSince: number | undefined
}

/**
 * Retries requests by the table above. Throws what the last attempt threw.
 */
export function retrying(send: Send, options: RetryOptions): Send {
  const origins = new Map<string, OriginState>()
  const originOf = ({ url }: Request): OriginState => {
    const origin = origins.get(url.origin) ?? { ...newOrigin }
    origins.set(url.origin, origin)
    return origin
  }
  return async request => {
    const origin = originOf(request)
    let limitedSince: number | undefined
    for (let number = 1; ; number++) {
      const outcome = await outcomeOf(send(request))
      limitedSince = isLimited(outcome) ? (limitedSince ?? options.now()) : undefined
      const attempt = { request, outcome, number, limitedSince }
      if (isFinal(attempt, origin, options)) return answerOf(outcome)
      await waitAfter(attempt, options)
      const found = await beforeRepeat(request, outcome)
      if (found) return found
    }
  }
}

/** Tells whether this was the last attempt, and records what the outcome says about the origin. */
function isFinal(attempt: Attempt, origin: OriginState, options: RetryOptions): boolean {
  const { request, outcome, number, limitedSince } = attempt
  const attempts = attemptsFor(request, outcome, origin)
  if (outcome.kind === 'answered') {
    origin.hasAnswered = true
    origin.hasWritten ||= !isSafe(request) && outcome.response.status < 300
    if (limitedSince !== undefined)
      return options.now() - limitedSince >= LIMITED_AT_MOST || options.isExhausted(outcome.response.url)
    if (attempts === 1) origin.isDown = false
  }
  if (attempts === 1) return true
  origin.isDown ||= number >= attempts
  return origin.isDown
}

/** Waits before a retry, unless the throttle does: after a Retry-After. */
async function waitAfter(attempt: Attempt, options: RetryOptions): Promise<void> {
  const { request, outcome, number, limitedSince } = attempt
  if (limitedSince !== undefined) return
  const asked = retryAfter(outcome, options.now())
  const wait = asked ?? backoff(number, options.random())
  options.log(`${describe(request, outcome)}; retrying in ${seconds(wait)}`)
  if (asked === undefined) await options.sleep(wait)
}

/** Calls a write's hook: returns the response to use instead of the lost one, or undefined if the write is to be retried. */
async function beforeRepeat(request: Request, outcome: Outcome): Promise<Response | undefined> {
  if (request.beforeRepeat === undefined) return undefined
  try {
    return await request.beforeRepeat()
  } catch (error) {
    if (isUnavailable(error)) return answerOf(outcome)
    throw error
  }
}

/** Tells whether a manifest was refused because the registry lacks content. */
function isContentUnknown({ status, body }: Response): boolean {
  return (status === 400 || status === 404 || status === 500) && isContentMissing(readErrorBody(body))
}

function isLimited(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && isRateLimited(outcome.response)
}

async function outcomeOf<T>(sent: Promise<T>): Promise<Outcome<T>> {
  try {
    return { kind: 'answered', response: await sent }
  } catch (error) {
    if (error instanceof PromotionError) return { kind: 'lost', error }
    throw error
  }
}

function answerOf(outcome: Outcome): Response {
  if (outcome.kind === 'answered') return outcome.response
  throw outcome.error
}

/** Tells whether a request changes nothing. */
export function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** How long the registry asks to wait, in milliseconds. */
function retryAfter(outcome: Outcome, now: number): number | undefined {
  return outcome.kind === 'answered'
    ? parseRetryAfter(outcome.response.headers['retry-after'], now)
    : undefined
}

function describe(request: Request, outcome: Outcome): string {
  if (outcome.kind === 'answered') return explainRefusal(request, outcome.response)
  return outcome.error.message
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
