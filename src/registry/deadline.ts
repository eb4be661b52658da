/** Watches an exchange, and ends it when it makes no progress or takes too long. */
import { PromotionError } from '../core/errors.ts'

/** How long an exchange may take, in milliseconds. */
export interface Deadline {
  /** Without a byte sent or received. */
  readonly idle: number
  /** In all. */
  readonly total: number
}

/** The deadline of contract.md: 30 seconds without progress; and no exchange drips on for more than five minutes. */
export const standardDeadline: Deadline = { idle: 30_000, total: 300_000 }

/** One exchange under a deadline: its signal is aborted with a `TIMED_OUT` error when the deadline passes. */
export class Watch {
  readonly #controller = new AbortController()
  readonly #total: NodeJS.Timeout
  #idle: NodeJS.Timeout

  constructor(what: string, deadline: Deadline) {
    this.#idle = setTimeout(() => {
      this.#expire(`${what}: no answer for ${seconds(deadline.idle)}`)
    }, deadline.idle)
    this.#total = setTimeout(() => {
      this.#expire(`${what}: not finished after ${seconds(deadline.total)}`)
    }, deadline.total)
  }

  /** Aborted when the deadline has passed. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Notes that a byte was sent or received. */
  progress(): void {
    this.#idle = this.#idle.refresh()
  }

  /** Ends the watch; to be called whatever became of the exchange. */
  end(): void {
    clearTimeout(this.#idle)
    clearTimeout(this.#total)
  }

  #expire(message: string): void {
    const advice =
      'The registry, or the network between, is too slow or does not answer. Run the job again; nothing waits for ever.'
    this.#controller.abort(new PromotionError('TIMED_OUT', message, { advice }))
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toString()} s`
}
