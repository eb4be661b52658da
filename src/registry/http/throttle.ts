/**
 * Adapts to a registry's capacity, per origin:
 *
 *     answer                                     then
 *     429, or 403 with Retry-After               no request until Retry-After (else a backoff) is over, then one, then slower
 *     another failure with Retry-After           no request until it is over, then one
 *     connection refused while others are open   no more concurrent requests than open connections
 *     5xx to one of several manifest uploads     one upload at a time: some registries cannot do more (Gitea)
 *
 * Waiting requests are sent one by one, never all at once: writes first, so that the state they are based on stays fresh.
 * The rate rises again while requests succeed. retry.ts decides what is repeated, and how often.
 */
import { PromotionError } from '../../oci/errors.ts'
import { explainRefusal } from './error-body.ts'
import type { Request, Response, Send } from './message.ts'
import { isConnectionRefused } from './network-error.ts'
import { Pace } from './pace.ts'
import { MAXIMUM_RETRY_AFTER, isRateLimited, parseRetryAfter } from './retry-after.ts'
import { type RetryOptions, isSafe } from './retry.ts'

/** Dependencies; `log` gets a line when an origin rate-limits. */
export type ThrottleOptions = Omit<RetryOptions, 'isExhausted'>

interface Waiting {
  readonly request: Request
  readonly go: () => void
  readonly fail: (error: unknown) => void
}

// After this many sequential uploads, concurrent ones are tried again.
const UPLOADS_ONE_BY_ONE = 32
// After this many successes per concurrent request, the concurrency rises by one.
const ANSWERS_PER_STEP = 8
const FAILURES: readonly number[] = [408, 425, 500, 502, 503, 504]

/** Throttles all origins of a run. */
export class Throttle {
  readonly #gates = new Map<string, Gate>()
  readonly #options: ThrottleOptions

  constructor(options: ThrottleOptions) {
    this.#options = options
  }

  /** Tells whether so many 429 came in a row from an origin that retrying is pointless. */
  readonly isExhausted = ({ origin }: URL): boolean => this.#gates.get(origin)?.isExhausted === true

  /** The layer. Throws `REGISTRY_UNAVAILABLE` for a wait of more than a minute, and for one at an exhausted origin. */
  readonly layer = (send: Send): Send => {
    return async request => {
      const gate = this.#gateOf(request.url)
      // No await without a wait: the layers above rely on a request being sent synchronously.
      const turn = gate.enter(request)
      if (turn !== undefined) await turn
      const started = this.#options.now()
      const sent = send(request).finally(() => {
        gate.leave(request)
      })
      try {
        const response = await sent
        gate.record(request, response, started)
        return response
      } catch (error) {
        if (error instanceof PromotionError && isConnectionRefused(error)) gate.recordRefusal()
        throw error
      } finally {
        gate.pump()
      }
    }
  }

  #gateOf({ origin, host }: URL): Gate {
    const gate = this.#gates.get(origin) ?? new Gate(host, this.#options)
    this.#gates.set(origin, gate)
    return gate
  }
}

/** Queues the requests to one origin. */
class Gate {
  readonly #pace: Pace
  readonly #host: string
  readonly #options: ThrottleOptions
  readonly #waiting: Waiting[] = []
  #isPumping = false
  #inFlight = 0
  #uploads = 0
  /** The most concurrent requests. */
  #most = Infinity
  #answers = 0
  /** How many more uploads are sequential. */
  #oneByOne = 0

  constructor(host: string, options: ThrottleOptions) {
    this.#host = host
    this.#options = options
    this.#pace = new Pace(host, options)
  }

  get isExhausted(): boolean {
    return this.#pace.isExhausted
  }

  /** Returns undefined if the request may be sent now, else a promise to wait for. Throws if the wait would be too long. */
  enter(request: Request): Promise<void> | undefined {
    const now = this.#options.now()
    const tooLong = this.#tooLong(now)
    if (tooLong) throw tooLong
    if (this.#waiting.length === 0 && this.#pace.delay(now) <= 0 && this.#mayGo(request)) {
      this.#start(request)
      return undefined
    }
    return new Promise((go, fail) => {
      const firstRead = this.#waiting.findIndex(waiting => isSafe(waiting.request))
      const place = isSafe(request) || firstRead < 0 ? this.#waiting.length : firstRead
      this.#waiting.splice(place, 0, { request, go, fail })
      this.pump()
    })
  }

  leave(request: Request): void {
    this.#inFlight--
    if (isUpload(request)) this.#uploads--
  }

  /** Records a refused connection: the open ones are as many as the registry accepts. */
  recordRefusal(): void {
    if (this.#inFlight > 0) this.#most = Math.min(this.#most, this.#inFlight)
  }

  /** Records the response to a request sent at `started`. Throws if it asks for a wait of more than a minute. */
  record(request: Request, response: Response, started: number): void {
    const now = this.#options.now()
    const wait = parseRetryAfter(response.headers['retry-after'], now)
    if (isRateLimited(response)) this.#pace.slowDown(started, wait)
    else if (FAILURES.includes(response.status)) this.#recordFailure(request, wait)
    else this.#recordSuccess(request, started)
    if (wait === undefined && !this.isExhausted) return
    const tooLong = this.#tooLong(now, explainRefusal(request, response))
    if (tooLong === undefined) return
    for (const { fail } of this.#waiting.splice(0)) fail(tooLong)
    if (wait !== undefined && wait > MAXIMUM_RETRY_AFTER) throw tooLong
  }

  /** Releases waiting requests one at a time, each when it is due. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    this.#release().then(
      () => {
        this.#isPumping = false
      },
      (error: unknown) => {
        this.#isPumping = false
        for (const { fail } of this.#waiting.splice(0)) fail(error)
      }
    )
  }

  async #release(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const delay = this.#pace.delay(this.#options.now())
      if (delay > 0) await this.#options.sleep(delay)
      else {
        this.#waiting.splice(this.#waiting.indexOf(next), 1)
        this.#start(next.request)
        next.go()
      }
    }
  }

  #recordFailure(request: Request, wait: number | undefined): void {
    if (wait !== undefined) this.#pace.pause(wait)
    if (isUpload(request) && this.#uploads > 0) this.#oneByOne = UPLOADS_ONE_BY_ONE
  }

  #recordSuccess(request: Request, started: number): void {
    this.#pace.speedUp(started)
    if (isUpload(request) && this.#oneByOne > 0) this.#oneByOne--
    if (++this.#answers >= ANSWERS_PER_STEP * this.#most) [this.#answers, this.#most] = [0, this.#most + 1]
  }

  /** The error for a wait above the limit. */
  #tooLong(now: number, what?: string): PromotionError | undefined {
    const quiet = this.#pace.quiet(now)
    if (quiet <= (this.isExhausted ? 0 : MAXIMUM_RETRY_AFTER)) return undefined
    const when = new Date(now + quiet).toISOString().replace('T', ' ').slice(0, 16)
    return new PromotionError('REGISTRY_UNAVAILABLE', what ?? `${this.#host} is rate-limiting requests`, {
      advice: `The registry asks for no requests until ${when} UTC, longer than a step waits. Run the job again after that.`
    })
  }

  #mayGo(request: Request): boolean {
    if (this.#inFlight >= (this.#pace.isProbing ? 1 : this.#most)) return false
    return this.#oneByOne === 0 || !isUpload(request) || this.#uploads === 0
  }

  #start(request: Request): void {
    this.#pace.start(this.#options.now())
    this.#inFlight++
    if (isUpload(request)) this.#uploads++
  }

  #next(): Waiting | undefined {
    return this.#waiting.find(({ request }) => this.#mayGo(request))
  }
}

/** Tells whether a request uploads a manifest or another small body. */
function isUpload({ method, body }: Request): boolean {
  return method === 'PUT' && body instanceof Uint8Array
}
