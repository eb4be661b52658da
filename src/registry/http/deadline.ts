/** Watches an exchange, and ends it when it makes no progress, is too slow, or takes too long. */
import { PromotionError } from '../../oci/errors.ts'

/** The lowest average rate over a window, in bytes per millisecond. */
const SLOWEST_RATE = 8
const WINDOW = 120_000
/** In milliseconds: the limit for a stream of any claimed size. */
const LONGEST_STREAM = 6 * 3_600_000

/** How long an exchange may take, in milliseconds. Only time spent waiting for the other side counts. */
export interface Deadline {
  /** Without a byte sent or received. */
  readonly idle: number
  /** In all. */
  readonly total: number
}

/** The deadline of contract.md: 30 seconds without progress; five minutes in all. */
export const standardDeadline: Deadline = { idle: 30_000, total: 300_000 }

/** Extends the deadline for a streamed body of a given size, by at most six hours. */
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
  /** Time spent waiting for the other side: in total, and in this window, with the bytes transferred in it. */
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

  /** Records bytes sent or received; 0 records that the other side has answered, or that waiting for it resumes. */
  progress(bytes: number): void {
    this.#count()
    this.#isTimed = this.#isCounted = true
    this.#idle.refresh()
    this.#bytes += bytes
    if (this.#waited >= this.#deadline.total)
      this.#expire(`not finished after ${seconds(this.#deadline.total)}`)
    if (this.#window >= WINDOW) this.#endWindow()
  }

  /** Stops the clock until the next progress: this side is not ready. */
  pause(): void {
    this.#count()
    this.#isTimed = this.#isCounted = false
  }

  /** Allows the other side some milliseconds of work before the next progress; they do not count towards the deadline. */
  allow(idle: number): void {
    this.#count()
    this.#isTimed = true
    this.#isCounted = false
    clearTimeout(this.#idle)
    this.#idle = this.#expectWithin(idle)
  }

  /** Ends the exchange with an error of this side. */
  fail(error: unknown): void {
    this.#controller.abort(error)
  }

  /** Ends the watch; must be called however the exchange ended. */
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
