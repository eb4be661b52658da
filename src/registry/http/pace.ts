/** How fast requests may follow one another to an origin that limits them: slower at each 429, faster while answers come. */
import { type RetryOptions, backoff } from './retry.ts'

// In milliseconds between two requests.
const FIRST_INTERVAL = 100
const LONGEST_INTERVAL = 5_000
// A rate this high needs no pacing.
const SHORTEST_INTERVAL = 5
// How much slower: a limit that is far away is approached in large steps, one that was found before in small ones.
const FAR = 1.5
const NEAR = 1.12
const FOUND_AFTER = 20
// The more answers in a row, the faster the rate rises: by a tenth after some 45.
const ACCELERATION = 0.0001
/** After how many 429 in a row, with nothing else in between, repeating is given up. */
const MAXIMUM_REFUSALS = 8
// In milliseconds.
const LOG_INTERVAL = 30_000

/** What a pace depends on; `log` is told that an origin limits requests. */
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
  /** Whether one request goes ahead alone, to see whether requests are answered again. */
  isProbing = false

  constructor(host: string, options: PaceOptions) {
    this.#host = host
    this.#options = options
  }

  /** Whether nothing but 429 has come for so long that repeating is of no use. */
  get isExhausted(): boolean {
    return this.#refusals >= MAXIMUM_REFUSALS
  }

  /** How long the origin wants no request at all, in milliseconds. */
  quiet(now: number): number {
    return Math.max(0, this.#quietUntil - now)
  }

  /** How long the next request has to wait, in milliseconds; 0 or less where it has not. */
  delay(now: number): number {
    return Math.max(this.#quietUntil, this.#nextStart) - now
  }

  /** Notes that a request goes out. */
  start(now: number): void {
    this.#nextStart = now + this.#interval
  }

  /** Holds all requests back for some milliseconds; then one goes ahead. */
  pause(wait: number): void {
    const now = this.#options.now()
    this.#quietUntil = Math.max(this.#quietUntil, now + wait)
    this.#pausedAt = now
    this.isProbing = true
  }

  /** Heeds a 429 to a request that went out at some time: those that were under way together count once. */
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

  /** Heeds an answer that is not a 429, to a request that went out at some time. */
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
