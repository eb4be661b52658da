/** Watches an exchange, and ends it when it makes no progress or takes too long. */
import { PromotionError } from '../../oci/errors.ts'

// In bytes a millisecond: what is slower over the whole of a blob is no connection to promote images on.
const SLOWEST_RATE = 32
const LONGEST_TIMER = 2 ** 31 - 1

/** How long an exchange may take, in milliseconds. */
export interface Deadline {
  /** Without a byte sent or received. */
  readonly idle: number
  /** In all. */
  readonly total: number
}

/** The deadline of contract.md: 30 seconds without progress; and no exchange drips on for more than five minutes. */
export const standardDeadline: Deadline = { idle: 30_000, total: 300_000 }

/** Gives an exchange that streams a body of some bytes the time for that. */
export function deadlineFor(bytes: number, { idle, total }: Deadline): Deadline {
  return { idle, total: Math.min(total + bytes / SLOWEST_RATE, LONGEST_TIMER) }
}

/** One exchange under a deadline: its signal is aborted with a `TIMED_OUT` error when the deadline passes. */
export class Watch {
  readonly #controller = new AbortController()
  readonly #what: string
  readonly #total: NodeJS.Timeout
  #idle: NodeJS.Timeout
  #paused = false

  constructor(what: string, deadline: Deadline) {
    this.#what = what
    this.#idle = this.#expectWithin(deadline.idle)
    this.#total = setTimeout(() => {
      this.#expire(`not finished after ${seconds(deadline.total)}`)
    }, deadline.total)
  }

  /** Aborted when the deadline has passed. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Notes that a byte was sent or received. */
  progress(): void {
    this.#paused = false
    this.#idle.refresh()
  }

  /** Stops counting idle time: it is this side that is not ready, until the next progress. */
  pause(): void {
    this.#paused = true
  }

  /** Waits longer for the next progress, in milliseconds: the other side has work to do first. */
  allow(idle: number): void {
    clearTimeout(this.#idle)
    this.#paused = false
    this.#idle = this.#expectWithin(idle)
  }

  /** Ends the exchange with an error that comes from this side. */
  fail(error: unknown): void {
    this.#controller.abort(error)
  }

  /** Ends the watch; to be called whatever became of the exchange. */
  end(): void {
    clearTimeout(this.#idle)
    clearTimeout(this.#total)
  }

  #expectWithin(idle: number): NodeJS.Timeout {
    return setTimeout(() => {
      if (!this.#paused) this.#expire(`no answer for ${seconds(idle)}`)
    }, idle)
  }

  #expire(why: string): void {
    const advice =
      'The registry, or the network between, is too slow or does not answer. Run the job again; nothing waits for ever.'
    this.#controller.abort(new PromotionError('TIMED_OUT', `${this.#what}: ${why}`, { advice }))
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toString()} s`
}
