/** A run that is ended by signals at one of its requests, and the state that it leaves. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Choose, startFaultProxy } from '../testing/fault-proxy.ts'
import type { Fault } from '../testing/faults.ts'
import { type Place, pull } from '../testing/push.ts'
import { type ActionRun, runAction } from '../testing/run-action.ts'
import { type Job, type Tags, tagsOf } from './job.ts'
import { isTrue, namer } from './trial.ts'

/** How a run is ended at a request, and whether the registry processes the request. */
export const moments = [
  'killed before it is done',
  'killed after it is done',
  'cancelled, and it is done',
  'cancelled, and there is no answer'
] as const

/** One of {@link moments}. */
export type Moment = (typeof moments)[number]

/** Where a run is ended. */
export interface Kill {
  /** A request as a trial lists it. */
  readonly request: string
  readonly moment: Moment
}

/** The result. */
export interface Ending {
  /** Whether the request was made at all. */
  readonly isHit: boolean
  /** What is wrong; empty if nothing is. */
  readonly problems: readonly string[]
}

const faultOf: Readonly<Record<Moment, Fault | undefined>> = {
  'killed before it is done': 'reset before it is done',
  'killed after it is done': undefined,
  'cancelled, and it is done': undefined,
  'cancelled, and there is no answer': 'no answer'
}

// What the runner sends when a job is cancelled, and how many milliseconds after the previous signal.
const RUNNER_SIGNALS = [
  ['SIGINT', 0],
  ['SIGTERM', 7500],
  ['SIGKILL', 2500]
] as const

type Send = (signal: NodeJS.Signals) => void

/** Runs the action in a new repository, ends it at a request, checks the state, and runs it again. */
export async function endAt(job: Job, repository: string, kill: Kill): Promise<Ending> {
  await job.prepare(repository)
  const isKilled = kill.moment.startsWith('killed')
  let isHit = false
  const { run } = await runThrough(job, repository, (request, send) => {
    if (request !== kill.request || isHit) return undefined
    isHit = true
    if (isKilled) send('SIGKILL')
    else void cancel(send)
    return faultOf[kill.moment]
  })
  const left = await tagsOf(job, repository)
  const problems = await damage(job, repository, left)
  if (!isKilled && !(run && isTrue(run, left))) problems.push(`no true report\n${logOf(run)}`)
  return { isHit, problems: [...problems, ...(await complete(job, repository))] }
}

/** Runs the action again without faults; returns what is wrong afterwards. */
async function complete(job: Job, repository: string): Promise<string[]> {
  const { run } = await runThrough(job, repository, () => undefined)
  const held = await tagsOf(job, repository)
  const isDone =
    run?.exitCode === 0 && Object.entries(job.wanted).every(([tag, digest]) => held[tag] === digest)
  const problems = isDone ? [] : [`the second run did not complete the job\n${logOf(run)}`]
  return [...problems, ...(await damage(job, repository, held))]
}

function logOf(run: ActionRun | undefined): string {
  return run?.log ?? 'it was killed'
}

async function runThrough(
  job: Job,
  repository: string,
  strike: (request: string, send: Send) => Fault | undefined
): Promise<{ readonly run: ActionRun | undefined }> {
  let send: Send = () => undefined
  const requests: string[] = []
  const choosing = (index: number): Choose => {
    const nameOf = namer({ requests, index, repository })
    return ({ line }) => strike(nameOf(line).request, send)
  }
  const proxies = await Promise.all(
    job.upstreams.map((upstream, index) => startFaultProxy(upstream, choosing(index)))
  )
  const inputs = job.inputs(
    repository,
    proxies.map(({ host }) => host)
  )
  const onStart = (given: Send): void => {
    send = given
  }
  try {
    return { run: await runAction(inputs, { onStart }).catch(() => undefined) }
  } finally {
    await Promise.all(proxies.map(proxy => proxy.close()))
  }
}

async function cancel(send: Send): Promise<void> {
  for (const [signal, delay] of RUNNER_SIGNALS) {
    await sleep(delay, undefined, { ref: false })
    send(signal)
  }
}

/** Lists what is wrong: a tag that points to neither its old nor its new image, missing content, an image that lost its last tag. */
async function damage(job: Job, repository: string, tags: Tags): Promise<string[]> {
  const problems: string[] = []
  for (const [tag, digest] of Object.entries(tags)) {
    if (digest !== job.before[tag] && digest !== job.wanted[tag])
      problems.push(`${tag} holds ${digest ?? 'nothing'}`)
    if (digest !== undefined && !(await isWhole(job.place(repository, tag), digest)))
      problems.push(`a part of ${tag} is missing`)
  }
  return [...problems, ...lostImages(job, tags).map(digest => `no tag keeps ${digest ?? ''}`)]
}

/** Lists the images that should have kept a tag and have none. */
function lostImages({ before, wanted }: Job, tags: Tags): (string | undefined)[] {
  const [toKeep, kept] = [wanted, tags].map(held => Object.values(held))
  return Object.values(before).filter(digest => toKeep?.includes(digest) && !kept?.includes(digest))
}

interface Parts {
  readonly manifests?: readonly { readonly digest: string }[]
  readonly layers?: readonly { readonly digest: string }[]
  readonly config?: { readonly digest: string }
}

/** Tells whether a manifest exists with everything that it references. */
async function isWhole(place: Place, digest: string): Promise<boolean> {
  const pulled = await pull(place, digest)
  if (pulled === undefined) return false
  const { manifests = [], layers = [], config } = JSON.parse(new TextDecoder().decode(pulled.bytes)) as Parts
  const children = await Promise.all(manifests.map(child => isWhole(place, child.digest)))
  const blobs = await Promise.all(
    [...layers, ...(config ? [config] : [])].map(async blob => {
      const url = `${place.base}/v2/${place.repository}/blobs/${blob.digest}`
      return (await fetch(url, { method: 'HEAD' })).ok
    })
  )
  return [...children, ...blobs].every(Boolean)
}
