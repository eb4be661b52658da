/** One trial: the action runs a job while one of its requests has a fault; the resulting state is compared with its report. */
import { type Choose, startFaultProxy } from '../testing/fault-proxy.ts'
import type { Fault } from '../testing/faults.ts'
import type { Listening } from '../testing/loopback.ts'
import { type ActionRun, runAction } from '../testing/run-action.ts'
import { type Job, type Tags, tagsOf } from './job.ts'

/** Which request has which fault, and whether it occurs `once` or `always`. */
export interface Strike {
  /** A request as {@link Trial} lists it. */
  readonly request: string
  readonly fault: Fault
  readonly lasts: 'once' | 'always'
}

/** How a trial can end: everything done, nothing changed, as reported, or in a way that must never happen. */
export type End = 'done' | 'as before' | 'as reported' | 'WRONG REPORT' | 'NO END'

/** The result of a trial. */
export interface Trial {
  readonly end: End
  readonly seconds: number
  /** The requests, as `1 PUT /v2/…/manifests/latest`: with the number of the registry, and `(2)` for a repetition. */
  readonly requests: readonly string[]
  readonly run: ActionRun | undefined
}

// In milliseconds: no run of a few requests may take longer.
const LIMIT = 240_000

/** Runs the action once, in a repository of its own, with a fault if there is a strike. */
export async function attempt(job: Job, repository: string, strike?: Strike): Promise<Trial> {
  await job.prepare(repository)
  const requests: string[] = []
  const proxies: Listening[] = []
  for (const [index, upstream] of job.upstreams.entries())
    proxies.push(await startFaultProxy(upstream, choosing({ requests, index, repository, strike })))
  const inputs = job.inputs(
    repository,
    proxies.map(({ host }) => host)
  )
  const begin = performance.now()
  const run = await runAction(inputs, { timeoutMs: LIMIT }).catch(() => undefined)
  const seconds = (performance.now() - begin) / 1000
  await Promise.all(proxies.map(proxy => proxy.close()))
  return { end: run ? endOf(job, run, await tagsOf(job, repository)) : 'NO END', seconds, requests, run }
}

interface Choosing {
  readonly requests: string[]
  readonly index: number
  readonly repository: string
  readonly strike: Strike | undefined
}

function choosing({ requests, index, repository, strike }: Choosing): Choose {
  const nameOf = namer({ requests, index, repository })
  return ({ line }) => {
    const { name, request } = nameOf(line)
    const isHit = strike?.lasts === 'once' ? request === strike.request : strike?.request === name
    return isHit ? strike?.fault : undefined
  }
}

/** Creates a function that names the requests to a registry as {@link Trial} lists them, and adds them to the list. */
export function namer({
  requests,
  index,
  repository
}: Omit<Choosing, 'strike'>): (line: string) => { name: string; request: string } {
  return line => {
    const path = line.replace(repository, '…').replace(encodeURIComponent(repository), '…')
    const name = `${(index + 1).toString()} ${path.replace(/\?service.*/, '')}`
    const before = requests.filter(request => request.replace(/ \(\d+\)$/, '') === name).length
    const request = before === 0 ? name : `${name} (${(before + 1).toString()})`
    requests.push(request)
    return { name, request }
  }
}

function endOf({ before, wanted }: Job, run: ActionRun, tags: Tags): End {
  if (!isTrue(run, tags)) return 'WRONG REPORT'
  const isAsIn = (expected: Tags): boolean => Object.keys(wanted).every(tag => tags[tag] === expected[tag])
  if (run.exitCode === 0) return isAsIn(wanted) ? 'done' : 'WRONG REPORT'
  return isAsIn(before) ? 'as before' : 'as reported'
}

/** Tells whether a report states what every target points to, or that this is unknown, and why a failed run failed. */
export function isTrue({ report, exitCode, annotations, summary }: ActionRun, tags: Tags): boolean {
  if (report === undefined) return false
  const isExplained = annotations.some(({ level }) => level === 'error') && summary !== ''
  return (
    (exitCode === 0 || isExplained) &&
    report.targets.every(({ reference, digest, outcome, reason = '' }) => {
      const held = tags[reference.replace(/.*:/, '')]
      const isLeftOpen =
        digest === undefined &&
        (outcome === 'not-attempted' || outcome === 'refused' || reason.includes('not known'))
      return isLeftOpen || digest === held
    })
  )
}
