/** One trial: the action does a job while one of its requests suffers a fault; what it left behind is held against its report. */
import { type Choose, startFaultProxy } from '../testing/fault-proxy.ts'
import type { Fault } from '../testing/faults.ts'
import type { Listening } from '../testing/loopback.ts'
import { type ActionRun, runAction } from '../testing/run-action.ts'
import { type Job, type Tags, tagsOf } from './job.ts'

/** Which request suffers what: `once`, as something that passes, or `always`, as something that stays. */
export interface Strike {
  /** A request as {@link Trial} lists it. */
  readonly request: string
  readonly fault: Fault
  readonly lasts: 'once' | 'always'
}

/** How a trial can end: all is done; nothing is; some, and the report says what; or what must never be. */
export type End = 'done' | 'as before' | 'as reported' | 'WRONG REPORT' | 'NO END'

/** What came of a trial. */
export interface Trial {
  readonly end: End
  readonly seconds: number
  /** The requests, as `1 PUT /v2/…/manifests/latest`: the number of the registry, and where it comes up again, `(2)`. */
  readonly requests: readonly string[]
  readonly run: ActionRun | undefined
}

// No run of a few requests may take longer, whatever happens, in milliseconds.
const LIMIT = 240_000

/** Runs the action once, in a repository that no other run has. Without a strike nothing goes wrong. */
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

/** Makes what names the requests to one registry as {@link Trial} lists them, and adds them to the list. */
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

/** Tells whether a report says of every target what it holds, or that this is not known; and whether a failed run says why. */
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
