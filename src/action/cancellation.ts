/** Cancellation of the job: nothing new starts, and the report is written before the runner kills the step. */
import { setMaxListeners } from 'node:events'
import { PromotionError } from '../oci/errors.ts'

// The runner sends SIGINT, after 7.5 seconds SIGTERM, and kills after 2.5 more.
const GRACE = 6_000
// After that, for pending work to notice that its connections are closed.
const LAST_CALL = 1_000

/** The signals by which a runner or container stops a step. */
const signals = ['SIGINT', 'SIGTERM'] as const

/** A job that may be cancelled. */
export interface Cancellation {
  /** Aborted when the job is cancelled, with a `PromotionError` for its reason. */
  readonly signal: AbortSignal
  /** Resolves with the result of work; throws `CANCELLED` if the job was cancelled and the work does not end in time. */
  readonly inTime: <T>(work: Promise<T>) => Promise<T>
  /** Stops listening, so that the process can end. */
  end(): void
}

/** Listens for cancellation; `giveUp` is called when pending work has run out of time. */
export function cancellation(giveUp: () => void): Cancellation {
  const controller = new AbortController()
  // Every wait of a run listens.
  setMaxListeners(0, controller.signal)
  const late = new AbortController()
  let [grace, lastCall]: (NodeJS.Timeout | undefined)[] = []
  const cancel = (): void => {
    controller.abort(cancelled('the job was cancelled'))
    grace ??= setTimeout(giveUp, GRACE)
    lastCall ??= setTimeout(() => {
      late.abort(cancelled('the job was cancelled, and pending requests did not end in time'))
    }, GRACE + LAST_CALL)
  }
  for (const name of signals) process.on(name, cancel)
  return {
    signal: controller.signal,
    inTime: work =>
      new Promise((resolve, reject) => {
        late.signal.addEventListener('abort', () => {
          reject(late.signal.reason as Error)
        })
        work.then(resolve, reject)
      }),
    end: () => {
      clearTimeout(grace)
      clearTimeout(lastCall)
      for (const name of signals) process.off(name, cancel)
    }
  }
}

function cancelled(message: string): PromotionError {
  return new PromotionError('CANCELLED', message, {
    advice: 'Run the job again: tags that are up to date are left alone.'
  })
}
