/** The request rate for an origin that rate-limits: lower after each 429, higher while requests succeed. */
import { type RetryOptions, backoff } from './retry.ts'

// In milliseconds between two requests.
const FIRST_INTERVAL = 100
const LONGEST_INTERVAL = 5_000
// A rate this high needs no pacing.
const SHORTEST_INTERVAL = 5
// Factors on the interval after a 429: large while the limit is unknown, small once it has been found.
const FAR = 1.5
const NEAR = 1.12
const FOUND_AFTER = 20
// The rate rises faster with each success in a row.
const ACCELERATION = 0.0001
/** After this many 429 in a row, retries stop. */
const MAXIMUM_REFUSALS = 8
// In milliseconds.
const LOG_INTERVAL = 30_000

/** Dependencies; `log` gets a line when an origin rate-limits. */
export type PaceOptions = Pick<RetryOptions, 'now' | 'random' | 'log'>

/** The pace of one origin. */
export class Pace {
  readonly #host: string
  readonly #options: PaceOptions
  #interval = 0
  #quietUntil = 0
  #nextStart = 0
  #pausedAt = -Infinity
  #refusals = 0
  #streak = 0
  #loggedAt = -Infinity
  /** Whether a single request is sent first, to test whether the origin answers again. */
  isProbing = false

  constructor(host: string, options: PaceOptions) {
    this.#host = host
    this.#options = options
  }

  /** Whether so many 429 came in a row that retrying is pointless. */
  get isExhausted(): boolean {
    return this.#refusals >= MAXIMUM_REFUSALS
  }

  /** How long the origin wants no requests, in milliseconds. */
  quiet(now: number): number {
    return Math.max(0, this.#quietUntil - now)
  }

  /** How long the next request must wait, in milliseconds; 0 or less if it need not. */
  delay(now: number): number {
    return Math.max(this.#quietUntil, this.#nextStart) - now
  }

  /** Records that a request is sent. */
  start(now: number): void {
    this.#nextStart = now + this.#interval
  }

  /** Holds all requests for some milliseconds, then sends one as a probe. */
  pause(wait: number): void {
    const now = this.#options.now()
    this.#quietUntil = Math.max(this.#quietUntil, now + wait)
    this.#pausedAt = now
    this.isProbing = true
  }

  /** Records a 429 for a request sent at `started`; concurrent ones count once. */
  slowDown(started: number, asked: number | undefined): void {
    const now = this.#options.now()
    const isNews = started >= this.#pausedAt
    if (isNews) {
      const factor = this.#streak >= FOUND_AFTER && this.#interval > FIRST_INTERVAL ? NEAR : FAR
      this.#interval =
        this.#interval === 0 ? FIRST_INTERVAL : Math.min(LONGEST_INTERVAL, this.#interval * factor)
      this.#streak = 0
      this.#refusals++
    }
    if (isNews || asked !== undefined) this.pause(asked ?? backoff(this.#refusals, this.#options.random()))
    if (isNews) this.#log(now)
  }

  /** Records a response other than 429 for a request sent at `started`. */
  speedUp(started: number): void {
    if (started < this.#pausedAt) return
    this.#refusals = 0
    this.isProbing = false
    if (this.#interval === 0) return
    this.#interval *= 1 - Math.min(0.1, ACCELERATION * ++this.#streak)
    if (this.#interval < SHORTEST_INTERVAL) this.#interval = 0
  }

  #log(now: number): void {
    if (now - this.#loggedAt < LOG_INTERVAL) return
    this.#loggedAt = now
    const rate = (1000 / this.#interval).toFixed(1).replace('.0', '')
    const wait = (this.quiet(now) / 1000).toFixed(1)
    this.#options.log(
      `${this.#host} limits requests (429); waiting ${wait} s, then sending about ${rate} a second`
    )
  }
}
