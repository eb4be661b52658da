/**
 * Several jobs on one registry: every request of theirs waits until it is chosen, so that all interleavings can be tried. A wait
 * of a job ends when no request is under way: a registry takes less time to do what it is asked than a job waits.
 */
import { PromotionError } from '../../src/oci/errors.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { formatReference } from '../../src/oci/reference.ts'
import type { Clock, RegistryReader, RegistryWriter } from '../../src/promote/ports.ts'
import type { Options } from '../../src/promote/promote.ts'
import type { Report } from '../../src/promotion/report.ts'
import type { Request } from '../../src/promotion/request.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { run } from './run.ts'

/** What a job is to do. */
export interface Job {
  readonly request: Request
  readonly options?: Partial<Options>
  /** Full names of tags whose writes the registry refuses to this job. */
  readonly refused?: readonly string[]
}

/** A write as it was done. */
export interface DoneWrite {
  readonly job: number
  readonly tag: string
  readonly before: Manifest | undefined
  readonly after: Manifest
  /** What the job's last look at the tag saw. */
  readonly seen: Digest | undefined
}

/** How jobs ended. */
export interface Ending {
  readonly reports: readonly Report[]
  readonly tags: ReadonlyMap<string, Manifest>
  readonly writes: readonly DoneWrite[]
}

/** Chooses one of so many. */
export type Choose = (count: number) => number

/** Time that passes with every request, in milliseconds. */
const STEP = 10

/** Runs jobs at the same time; `choose` says whose request is done next. */
export async function runJobs(
  content: Readonly<Record<string, Manifest>>,
  jobs: readonly Job[],
  choose: Choose
): Promise<Ending> {
  const world = new World(memoryRegistry(content), choose)
  const running = jobs.map((job, index) =>
    run(job.request, world.registryOf(job, index), { ...job.options, clock: world.clock }).finally(() => {
      world.running--
    })
  )
  world.running = jobs.length
  await world.go()
  return { reports: await Promise.all(running), tags: world.registry.manifests, writes: world.writes }
}

/** Tries all choices there are, as far as `limit`; gives how many runs that were. */
export async function tryAll(work: (choose: Choose) => Promise<void>, limit = 20_000): Promise<number> {
  let path: number[] = []
  for (let runs = 1; ; runs++) {
    const counts: number[] = []
    await work(count => {
      const at = counts.length
      counts.push(count)
      return path[at] ?? 0
    })
    const taken = counts.map((_, at) => path[at] ?? 0)
    const last = taken.findLastIndex((choice, at) => choice + 1 < (counts[at] ?? 0))
    if (last === -1 || runs === limit) return runs
    path = [...taken.slice(0, last), (taken[last] ?? 0) + 1]
  }
}

class World {
  readonly registry: MemoryRegistry
  readonly writes: DoneWrite[] = []
  running = 0
  readonly #choose: Choose
  readonly #requests: { readonly job: number; readonly go: () => void }[] = []
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = []
  #now = 0

  constructor(registry: MemoryRegistry, choose: Choose) {
    this.registry = registry
    this.#choose = choose
  }

  readonly clock: Clock = {
    now: () => this.#now,
    sleep: duration =>
      new Promise(wake => {
        this.#sleepers.push({ until: this.#now + duration, wake })
      })
  }

  /** Lets one request after the other be done, until all jobs have ended. */
  async go(): Promise<void> {
    await settled()
    while (this.running > 0) {
      if (this.#requests.length > 0) {
        // Requests of one job are done in their order: it is the order between jobs that matters.
        const jobs = [...new Set(this.#requests.map(({ job }) => job))].sort()
        const job = jobs[jobs.length === 1 ? 0 : this.#choose(jobs.length)]
        const [next] = this.#requests.splice(
          this.#requests.findIndex(request => request.job === job),
          1
        )
        this.#now += STEP
        next?.go()
      } else {
        this.#sleepers.sort((one, other) => one.until - other.until)
        const sleeper = this.#sleepers.shift()
        if (sleeper === undefined) throw new Error('a job waits for nothing')
        this.#now = Math.max(this.#now, sleeper.until)
        sleeper.wake()
      }
      await settled()
    }
  }

  /** The registry as a job sees it. */
  registryOf({ refused = [] }: Job, job: number): RegistryReader & RegistryWriter {
    const { registry } = this
    const seen = new Map<string, Digest | undefined>()
    const chosen = async <T>(work: () => Promise<T>): Promise<T> => {
      await new Promise<void>(go => {
        this.#requests.push({ job, go })
      })
      return work()
    }
    return {
      ...registry,
      getManifest: reference => chosen(() => registry.getManifest(reference)),
      headManifest: reference =>
        chosen(async () => {
          const digest = await registry.headManifest(reference)
          seen.set(formatReference(reference), digest)
          return digest
        }),
      listTags: repository => chosen(() => registry.listTags(repository)),
      putManifest: (reference, manifest) =>
        chosen(() => {
          const tag = formatReference(reference)
          if (refused.includes(tag)) throw new PromotionError('DENIED', 'no')
          this.writes.push({
            job,
            tag,
            before: registry.manifests.get(tag),
            after: manifest,
            seen: seen.get(tag)
          })
          return registry.putManifest(reference, manifest)
        })
    }
  }
}

/** Waits until everything that can go on without a choice has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
