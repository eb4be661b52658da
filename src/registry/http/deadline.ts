/** Watches an exchange, and ends it when it makes no progress, is too slow, or takes too long. */
import { PromotionError } from '../../oci/errors.ts'

/** In bytes a millisecond: the least that moves, on average over a window. */
const SLOWEST_RATE = 8
const WINDOW = 120_000
/** In milliseconds: no stream takes longer, whatever size it claims to have. */
const LONGEST_STREAM = 6 * 3_600_000

/** How long an exchange may take, in milliseconds. Only time in which the other side is waited for counts. */
export interface Deadline {
  /** Without a byte sent or received. */
  readonly idle: number
  /** In all. */
  readonly total: number
}

/** The deadline of contract.md: 30 seconds without progress; five minutes in all. */
export const standardDeadline: Deadline = { idle: 30_000, total: 300_000 }

/** Gives an exchange that streams a body of some bytes the time for that, at most six hours more. */
export function deadlineFor(bytes: number, { idle, total }: Deadline): Deadline {
  return { idle, total: total + Math.min(bytes / SLOWEST_RATE, LONGEST_STREAM) }
}

/** One exchange under a deadline: its signal is aborted with a `TIMED_OUT` error when the deadline passes. */
export class Watch {
  readonly #controller = new AbortController()
  /** Names the exchange. */
  readonly what: string
  readonly #deadline: Deadline
  readonly #ended: (watch: Watch) => void
  #idle: NodeJS.Timeout
  /** Whether silence ends the exchange, and whether the time that passes counts. */
  #isTimed = true
  #isCounted = true
  #since = performance.now()
  /** How long the other side was waited for, in all; the same of this window, and the bytes that moved in it. */
  #waited = 0
  #window = 0
  #bytes = 0

  /** `ended` is called when the exchange ends. */
  constructor(what: string, deadline: Deadline, ended: (watch: Watch) => void) {
    this.what = what
    this.#deadline = deadline
    this.#ended = ended
    this.#idle = this.#expectWithin(deadline.idle)
  }

  /** Aborted when the deadline has passed. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Notes that some bytes were sent or received, or (0) that the other side has answered or is waited for again. */
  progress(bytes: number): void {
    this.#count()
    this.#isTimed = this.#isCounted = true
    this.#idle.refresh()
    this.#bytes += bytes
    if (this.#waited >= this.#deadline.total)
      this.#expire(`not finished after ${seconds(this.#deadline.total)}`)
    if (this.#window >= WINDOW) this.#endWindow()
  }

  /** Stops the clock: it is this side that is not ready, until the next progress. */
  pause(): void {
    this.#count()
    this.#isTimed = this.#isCounted = false
  }

  /** Gives the other side some milliseconds to work before the next progress; they count for nothing else. */
  allow(idle: number): void {
    this.#count()
    this.#isTimed = true
    this.#isCounted = false
    clearTimeout(this.#idle)
    this.#idle = this.#expectWithin(idle)
  }

  /** Ends the exchange with an error that comes from this side. */
  fail(error: unknown): void {
    this.#controller.abort(error)
  }

  /** Ends the watch; to be called whatever became of the exchange. */
  end(): void {
    clearTimeout(this.#idle)
    this.#ended(this)
  }

  #count(): void {
    const now = performance.now()
    const passed = this.#isCounted ? now - this.#since : 0
    this.#since = now
    this.#waited += passed
    this.#window += passed
  }

  #endWindow(): void {
    if (this.#bytes < this.#window * SLOWEST_RATE)
      this.#expire(`less than ${SLOWEST_RATE.toString()} kB/s for ${seconds(WINDOW)}`)
    this.#window = this.#bytes = 0
  }

  #expectWithin(idle: number): NodeJS.Timeout {
    return setTimeout(() => {
      if (this.#isTimed) this.#expire(`no answer for ${seconds(idle)}`)
    }, idle)
  }

  #expire(why: string): void {
    const advice = 'The registry, or the network between, is too slow or does not respond. Run the job again.'
    this.#controller.abort(new PromotionError('TIMED_OUT', `${this.what}: ${why}`, { advice }))
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toString()} s`
}
