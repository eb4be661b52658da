/** How the tests have an order carried out: by a clock that nobody waits for, with a list of what is told. */
import type { Clock, Narrator } from '../../src/promote/ports.ts'
import type { Conduct } from '../../src/promote/promote.ts'

/** A clock that a sleeper moves on himself. */
export interface FakeClock extends Clock {
  /** How long each sleep was, in milliseconds. */
  readonly slept: readonly number[]
}

/** Makes a clock; `during` is awaited by each sleep, as what happens while a run waits. */
export function fakeClock(during: () => Promise<unknown> = () => Promise.resolve()): FakeClock {
  let time = 1_000_000
  const slept: number[] = []
  return {
    slept,
    now: () => time,
    sleep: async duration => {
      slept.push(duration)
      time += duration
      await during()
    }
  }
}

/** A narrator that says nothing. */
export const silent: Narrator = { waits: () => undefined, plans: () => undefined, copies: () => undefined }

/** Makes a conduct that waits for nothing, writes, and leaves what was moved before a failure; with what differs. */
export function conduct(differing: Partial<Conduct> = {}): Conduct & { readonly limit: number } {
  const plain = {
    dryRun: false,
    onFailure: 'leave',
    signal: new AbortController().signal,
    waitForSource: 0,
    clock: fakeClock(),
    narrator: silent
  } as const
  return { limit: differing.waitForSource ?? 0, ...plain, ...differing }
}
