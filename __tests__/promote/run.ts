/** Runs a promotion over a registry in memory, by a clock that nobody waits for. */
import type { Clock, ProgressReporter, RegistryReader, RegistryWriter } from '../../src/promote/ports.ts'
import type { Readers } from '../../src/promote/inspect.ts'
import { type Dependencies, type Options, promote } from '../../src/promote/promote.ts'
import { caching } from '../../src/promote/read-cache.ts'
import { TagReader } from '../../src/promote/tag-reader.ts'
import type { Report } from '../../src/promotion/report.ts'
import type { Request } from '../../src/promotion/request.ts'

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

/** Makes what reads a registry in a run. */
export function readersOf(registry: RegistryReader): Readers {
  return { reader: caching(registry), tags: new TagReader(registry, fakeClock()) }
}

/** A progress reporter that says nothing. */
export const silent: ProgressReporter = {
  waiting: () => undefined,
  planned: () => undefined,
  copying: () => undefined
}

/** Carries out a request: waits for nothing, writes, and leaves what was moved before a failure; with what differs. */
export function run(
  request: Request,
  registry: RegistryReader & RegistryWriter,
  differing: Partial<Options & Omit<Dependencies, 'registry'>> = {}
): Promise<Report> {
  const {
    dryRun = false,
    onFailure = 'leave',
    waitForSource = 0,
    signal = new AbortController().signal,
    clock = fakeClock(),
    progress = silent
  } = differing
  return promote(request, { dryRun, onFailure, waitForSource }, { registry, signal, clock, progress })
}
