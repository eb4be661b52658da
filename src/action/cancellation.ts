/** What happens when the job is cancelled: nothing new is begun, and what must be told is told before the runner kills the step. */
import { setMaxListeners } from 'node:events'
import { PromotionError } from '../oci/errors.ts'

// The runner sends SIGINT, after 7.5 seconds SIGTERM, and kills after 2.5 more.
const GRACE = 6_000

/** The signals by which a runner, or a container's end, asks a step to stop. */
const signals = ['SIGINT', 'SIGTERM'] as const

/** A job that may be cancelled. */
export interface Cancellation {
  /** Aborted when the job is cancelled, with a `PromotionError` for its reason. */
  readonly signal: AbortSignal
  /** Stops listening, so that the process can end. */
  end(): void
}

/** Listens for the end of the job; `giveUp` is called when what is still under way then has had its time. */
export function cancellation(giveUp: () => void): Cancellation {
  const controller = new AbortController()
  // Every wait of a run listens.
  setMaxListeners(0, controller.signal)
  let grace: NodeJS.Timeout | undefined
  const cancel = (): void => {
    controller.abort(
      new PromotionError('TIMED_OUT', 'the job was cancelled', {
        advice: 'Run the job again: what is right already is left alone.'
      })
    )
    grace ??= setTimeout(giveUp, GRACE)
  }
  for (const name of signals) process.on(name, cancel)
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(grace)
      for (const name of signals) process.off(name, cancel)
    }
  }
}
