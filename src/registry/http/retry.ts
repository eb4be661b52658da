/**
 * Which requests are repeated, how often in all, and after how long:
 *
 *     outcome                               GET HEAD   write with beforeRepeat   other writes   wait
 *     connection lost                       4          4                         –              backoff
 *     timed out                             2          2                         –              backoff
 *     408 425 500 502 503 504               4          4                         –              Retry-After, else backoff
 *     429                                   8          8                         8              Retry-After, else backoff
 *     400 404 "blob/manifest unknown"       –          5                         –              backoff
 *     anything else                         –          –                         –              –
 *
 * Quirk: for some seconds after an upload GHCR does not know the blob or manifest, and refuses a manifest that names it.
 * A write whose answer was lost may have been done, and where tags are immutable the repeat would be refused: `beforeRepeat`
 * finds out. A Retry-After holds back every request to the same origin; one of more than a minute fails them all. Once a
 * request has used up its attempts, further requests to the origin get one attempt each until it answers: a thousand tags do
 * not wait a thousand times for a registry that is down.
 */
import { PromotionError, isUnavailable } from '../../oci/errors.ts'
import { type Request, type Response, type Send } from './message.ts'
import { isPassing } from './network-error.ts'
import { readErrorBody, responseError } from '../errors.ts'
import { MAXIMUM_RETRY_AFTER, parseRetryAfter } from './retry-after.ts'

/** What retrying depends on. */
export interface RetryOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Logs each wait, as a sentence. */
  readonly log: (line: string) => void
}

/** The outcome of one attempt: an answer, or an error in its place. */
export type Outcome<T = Response> =
  | { readonly kind: 'answered'; readonly response: T }
  | { readonly kind: 'lost'; readonly error: PromotionError }

const ATTEMPTS_WHEN_LOST = 4
const ATTEMPTS_WHEN_TIMED_OUT = 2
// 429: healthy but throttling, so allow more attempts.
const ATTEMPTS_BY_STATUS: Readonly<Record<number, number>> = {
  ...{ 408: 4, 425: 4, 429: 8, 500: 4 },
  ...{ 502: 4, 503: 4, 504: 4 }
}
const ATTEMPTS_WHEN_LAGGING = 5
const FIRST_BACKOFF = 250
const LONGEST_BACKOFF = 8_000

/** Tells how often a request with this outcome is attempted in all, by the table above. */
export function attemptsFor(request: Request, outcome: Outcome): number {
  if (!isSafe(request) && request.beforeRepeat === undefined && !isThrottled(outcome)) return 1
  if (outcome.kind === 'answered') {
    if (!isSafe(request) && isLagging(outcome.response)) return ATTEMPTS_WHEN_LAGGING
    return ATTEMPTS_BY_STATUS[outcome.response.status] ?? 1
  }
  if (outcome.error.code === 'TIMED_OUT') return ATTEMPTS_WHEN_TIMED_OUT
  return isPassing(outcome.error) ? ATTEMPTS_WHEN_LOST : 1
}

/** Chooses how long to wait after the given attempt (1 is the first), in milliseconds: doubling, half of it random. */
export function backoff(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** attempt)
  return Math.round(longest / 2 + (longest / 2) * random)
}

/** What is known of one origin. */
interface Origin {
  /** Until when it has asked for no requests, in milliseconds since 1970. */
  quietUntil: number
  /** Whether a request has used up its attempts since the last answer. */
  isDown: boolean
}

interface Attempt {
  readonly request: Request
  readonly outcome: Outcome
  readonly number: number
}

/**
 * Repeats requests by the table above. Throws what the last attempt threw, or `REGISTRY_UNAVAILABLE` where the registry asks
 * for a wait of more than a minute.
 */
export function retrying(send: Send, options: RetryOptions): Send {
  const origins = new Map<string, Origin>()
  const originOf = ({ url }: Request): Origin => {
    const origin = origins.get(url.origin) ?? { quietUntil: 0, isDown: false }
    origins.set(url.origin, origin)
    return origin
  }
  return async request => {
    const origin = originOf(request)
    for (let number = 1; ; number++) {
      // No await without a wait: the layers above rely on a request being sent synchronously.
      const left = quietLeft(request, origin, options.now())
      if (left > 0) await options.sleep(left)
      const outcome = await outcomeOf(send(request))
      if (isFinal({ request, outcome, number }, origin)) return answerOf(outcome)
      await waitAfter({ request, outcome, number }, origin, options)
      const found = await beforeRepeat(request, outcome)
      if (found) return found
    }
  }
}

/** Tells whether there is no further attempt, and notes what the outcome says about the origin. */
function isFinal({ request, outcome, number }: Attempt, origin: Origin): boolean {
  const attempts = attemptsFor(request, outcome)
  if (attempts === 1) {
    if (outcome.kind === 'answered') origin.isDown = false
    return true
  }
  if (isThrottled(outcome)) return number >= attempts
  origin.isDown ||= number >= attempts
  return origin.isDown
}

/** How long an origin still wants no requests, in milliseconds; throws where that is too long. */
function quietLeft({ url }: Request, { quietUntil }: Origin, now: number): number {
  if (quietUntil - now > MAXIMUM_RETRY_AFTER)
    throw comeBackLater(`${url.host} has asked for no more requests`, quietUntil)
  return quietUntil - now
}

async function waitAfter(attempt: Attempt, origin: Origin, options: RetryOptions): Promise<void> {
  const { request, outcome, number } = attempt
  const asked = retryAfter(outcome, options.now())
  const wait = asked ?? backoff(number, options.random())
  const until = options.now() + wait
  if (asked !== undefined || isThrottled(outcome)) origin.quietUntil = Math.max(origin.quietUntil, until)
  if (wait > MAXIMUM_RETRY_AFTER) throw comeBackLater(describe(request, outcome), until)
  options.log(`${describe(request, outcome)}; retrying in ${seconds(wait)}`)
  await options.sleep(wait)
}

/** Calls a write's hook: the response that stands for the lost one, or undefined where the write is to be repeated. */
async function beforeRepeat(request: Request, outcome: Outcome): Promise<Response | undefined> {
  if (request.beforeRepeat === undefined) return undefined
  try {
    return await request.beforeRepeat()
  } catch (error) {
    if (isUnavailable(error)) return answerOf(outcome)
    throw error
  }
}

function isLagging({ status, body }: Response): boolean {
  return (
    (status === 400 || status === 404) &&
    /(?:BLOB|MANIFEST)_UNKNOWN|(?:blob|manifest) unknown|unknown (?:blob|manifest)/i.test(readErrorBody(body))
  )
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

function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Tells whether the registry turned a request away without processing it: such a write has not been done. */
function isThrottled(outcome: Outcome): boolean {
  return outcome.kind === 'answered' && outcome.response.status === 429
}

/** How long the registry asks to wait, in milliseconds. */
function retryAfter(outcome: Outcome, now: number): number | undefined {
  return outcome.kind === 'answered'
    ? parseRetryAfter(outcome.response.headers['retry-after'], now)
    : undefined
}

function comeBackLater(what: string, until: number): PromotionError {
  const when = new Date(until).toISOString().replace('T', ' ').slice(0, 16)
  return new PromotionError('REGISTRY_UNAVAILABLE', what, {
    advice: `The registry asks for no requests until ${when} UTC, longer than a step waits. Run the job again after that.`
  })
}

function describe(request: Request, outcome: Outcome): string {
  if (outcome.kind === 'answered') return responseError(request, outcome.response).message
  return outcome.error.message
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
