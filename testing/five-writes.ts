/** A promotion of five writes, any of which a test can make fail: a new tag, and two that move, one of them with predecessors. */
import type { Distribution } from './distribution.ts'
import { failingWrites, startFaultProxy } from './fault-proxy.ts'
import type { Fault } from './faults.ts'
import { image } from './images.ts'
import { pull, push } from './push.ts'
import { type ActionRun, runAction } from './run-action.ts'

const [today, last, older] = [
  image({ seed: 'today' }),
  image({ seed: 'last night' }),
  image({ seed: 'the night before' })
]

/** The digest that each tag points to; undefined if it does not exist. */
export type Tags = Readonly<Record<string, string | undefined>>

/** What the tags point to before. */
export const tagsBefore: Tags = {
  new: undefined,
  latest: last.digest,
  nightly: last.digest,
  'nightly-1': older.digest,
  'nightly-2': undefined
}

/** What the tags should point to afterwards. */
export const tagsWanted: Tags = {
  new: today.digest,
  latest: today.digest,
  nightly: today.digest,
  'nightly-1': last.digest,
  'nightly-2': older.digest
}

/** The number of writes. */
export const WRITES = 5

/** Which writes fail, and how. */
export interface Failure {
  readonly fails: (number: number) => Fault | undefined
  readonly onFailure: 'restore' | 'leave'
}

/** The state after a run. */
export interface FailedRun extends ActionRun {
  /** In the registry. */
  readonly tags: Tags
  /** According to the report. */
  readonly told: Tags
  readonly outcomes: readonly string[]
}

/** Runs the action in a new repository, through a proxy that makes writes fail. */
export async function runFailing(
  registry: Distribution,
  repository: string,
  { fails, onFailure }: Failure
): Promise<FailedRun> {
  const here = { base: registry.base, repository }
  await push(here, older, ['nightly-1'])
  await push(here, last, ['latest', 'nightly'])
  await push(here, today, ['main'])
  const proxy = await startFaultProxy({ registry: registry.host }, failingWrites(fails))
  try {
    const inputs = { registry: proxy.host, repository, source: 'main', target: 'new latest nightly' }
    const run = await runAction({ ...inputs, 'keep-previous': 'nightly=2', 'on-failure': onFailure })
    const targets = run.report?.targets ?? []
    const held = Object.keys(tagsBefore).map(async tag => [tag, (await pull(here, tag))?.digest] as const)
    return {
      ...run,
      tags: Object.fromEntries(await Promise.all(held)),
      told: Object.fromEntries(
        targets.map(({ reference, digest }) => [reference.replace(/.*:/, ''), digest])
      ),
      outcomes: targets.map(({ outcome }) => outcome)
    }
  } finally {
    await proxy.close()
  }
}
