/**
 * What deserves another attempt, and after how long:
 *
 *     what happened                   GET HEAD   a write that can be looked up      other writes   wait
 *     connection lost                 4 times    looked up first, then 4 times      no             backoff + jitter
 *     timed out                       2 times    looked up first, then 2 times      no             backoff + jitter
 *     408 425 500 502 503 504         4 times    looked up first, then 4 times      no             Retry-After, else backoff
 *     429                             8 times    8 times                            8 times        Retry-After, else backoff
 *     400 404 "blob/manifest unknown" no         5 times                            no             backoff + jitter
 *     anything else                   no         no                                 no             –
 *
 * Quirk: GHCR does not know blobs and manifests for some seconds after they were uploaded, and says so of a manifest that names them.
 * A lost answer to a write may have been a success, and where tags are immutable the repeat would be refused: hence the
 * look. A wait that a registry asks for holds back every other request to the same origin too; one of more than a minute
 * fails them all. An origin that has used up the attempts of one request gets one of each from then on, until it answers:
 * a thousand tags do not wait a thousand times for a registry that is down.
 */
import { PromotionError } from '../../oci/errors.ts'
import { type Request, type Response, type Send } from './message.ts'
import { isPassing } from './network-error.ts'
import { readErrorBody, responseError } from '../errors.ts'
import { MAXIMUM_RETRY_AFTER, parseRetryAfter } from './retry-after.ts'

/** The world that retrying lives in. */
export interface Patience {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Is told of every wait, as a sentence. */
  readonly tell: (line: string) => void
}

/** How an exchange ended: with an answer, or with an error in its place. */
export type Ending<T = Response> =
  | { readonly kind: 'answered'; readonly response: T }
  | { readonly kind: 'lost'; readonly error: PromotionError }

const ATTEMPTS_WHEN_LOST = 4
const ATTEMPTS_WHEN_TIMED_OUT = 2
// Whoever answers 429 is well, and but wants it slower.
const ATTEMPTS_BY_STATUS: Readonly<Record<number, number>> = {
  ...{ 408: 4, 425: 4, 429: 8, 500: 4 },
  ...{ 502: 4, 503: 4, 504: 4 }
}
const ATTEMPTS_WHEN_LAGGING = 5
const FIRST_BACKOFF = 250
const LONGEST_BACKOFF = 8_000

/** Tells how often a request that ended so is to be attempted in all, by the table above. */
export function attemptsFor(request: Request, ending: Ending): number {
  if (!isSafe(request) && request.lookUp === undefined && !isUnread(ending)) return 1
  if (ending.kind === 'answered') {
    if (!isSafe(request) && isLagging(ending.response)) return ATTEMPTS_WHEN_LAGGING
    return ATTEMPTS_BY_STATUS[ending.response.status] ?? 1
  }
  if (ending.error.code === 'TIMED_OUT') return ATTEMPTS_WHEN_TIMED_OUT
  return isPassing(ending.error) ? ATTEMPTS_WHEN_LOST : 1
}

/** Chooses how long to wait after the given attempt (1 is the first), in milliseconds: doubling, half of it by chance. */
export function backoff(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** attempt)
  return Math.round(longest / 2 + (longest / 2) * random)
}

/** What is known of one origin. */
interface Origin {
  /** Until when it has asked to be left alone, in milliseconds since 1970. */
  quietUntil: number
  /** Whether a request has used up its attempts since the last answer. */
  isDown: boolean
}

/** How an attempt ended. */
interface Failure {
  readonly request: Request
  readonly ending: Ending
  readonly attempt: number
}

/**
 * Repeats what deserves it. Throws what the last attempt threw, or `REGISTRY_UNAVAILABLE` where the registry asks to be left
 * alone for more than a minute.
 */
export function retrying(send: Send, patience: Patience): Send {
  const origins = new Map<string, Origin>()
  const originOf = ({ url }: Request): Origin => {
    const origin = origins.get(url.origin) ?? { quietUntil: 0, isDown: false }
    origins.set(url.origin, origin)
    return origin
  }
  return async request => {
    const origin = originOf(request)
    for (let attempt = 1; ; attempt++) {
      // Without an empty wait where there is none to keep: the layers above count on a request's being out.
      const left = quietLeft(request, origin, patience.now())
      if (left > 0) await patience.sleep(left)
      const ending = await endingOf(send(request))
      if (isFinal({ request, ending, attempt }, origin)) return answerOf(ending)
      await waitAfter({ request, ending, attempt }, origin, patience)
      const found = await lookedUp(request, ending)
      if (found) return found
    }
  }
}

/** Tells whether there is to be no other attempt, and notes what that says of the origin. */
function isFinal({ request, ending, attempt }: Failure, origin: Origin): boolean {
  const attempts = attemptsFor(request, ending)
  if (attempts === 1) {
    if (ending.kind === 'answered') origin.isDown = false
    return true
  }
  if (isUnread(ending)) return attempt >= attempts
  origin.isDown ||= attempt >= attempts
  return origin.isDown
}

/** How long an origin wants to be left alone yet, in milliseconds; throws where that is too long. */
function quietLeft({ url }: Request, { quietUntil }: Origin, now: number): number {
  if (quietUntil - now > MAXIMUM_RETRY_AFTER)
    throw comeBackLater(`${url.host} asks to be left alone`, quietUntil)
  return quietUntil - now
}

async function waitAfter(failure: Failure, origin: Origin, patience: Patience): Promise<void> {
  const { request, ending, attempt } = failure
  const asked = askedWait(ending, patience.now())
  const wait = asked ?? backoff(attempt, patience.random())
  const until = patience.now() + wait
  if (asked !== undefined || isUnread(ending)) origin.quietUntil = Math.max(origin.quietUntil, until)
  if (wait > MAXIMUM_RETRY_AFTER) throw comeBackLater(describe(request, ending), until)
  patience.tell(`${describe(request, ending)}; trying again in ${seconds(wait)}`)
  await patience.sleep(wait)
}

/** Asks whether a write was done whose answer says nothing of it; the write's own failure stands where that cannot be told. */
async function lookedUp(request: Request, ending: Ending): Promise<Response | undefined> {
  if (request.lookUp === undefined || isUnread(ending)) return undefined
  const look = await endingOf(request.lookUp())
  return look.kind === 'answered' ? look.response : answerOf(ending)
}

function isLagging({ status, body }: Response): boolean {
  return (
    (status === 400 || status === 404) &&
    /(?:BLOB|MANIFEST)_UNKNOWN|(?:blob|manifest) unknown|unknown (?:blob|manifest)/i.test(readErrorBody(body))
  )
}

async function endingOf<T>(sent: Promise<T>): Promise<Ending<T>> {
  try {
    return { kind: 'answered', response: await sent }
  } catch (error) {
    if (error instanceof PromotionError) return { kind: 'lost', error }
    throw error
  }
}

function answerOf(ending: Ending): Response {
  if (ending.kind === 'answered') return ending.response
  throw ending.error
}

function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Tells whether the registry turned a request away without reading it: a write so ended has not been done. */
function isUnread(ending: Ending): boolean {
  return ending.kind === 'answered' && ending.response.status === 429
}

/** How long the registry asks to be left alone, in milliseconds. */
function askedWait(ending: Ending, now: number): number | undefined {
  return ending.kind === 'answered' ? parseRetryAfter(ending.response.headers['retry-after'], now) : undefined
}

function comeBackLater(what: string, until: number): PromotionError {
  const when = new Date(until).toISOString().replace('T', ' ').slice(0, 16)
  return new PromotionError('REGISTRY_UNAVAILABLE', what, {
    advice: `The registry asks to be left alone until ${when} UTC, which is longer than a step waits. Run the job again after that.`
  })
}

function describe(request: Request, ending: Ending): string {
  if (ending.kind === 'answered') return responseError(request, ending.response).message
  return ending.error.message
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
