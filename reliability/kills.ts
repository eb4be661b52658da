/**
 * The kill matrix: the built action is killed or cancelled at each of its requests, and the resulting state is checked. Part of
 * `npm run faults`; with a number N as its argument, only every Nth request is tried.
 */
import { type Job, copying, rotating } from './job.ts'
import { type Kill, type Moment, endAt, moments } from './kill.ts'
import { attempt } from './trial.ts'

const AT_ONCE = 8

/** Ends a job at every request; returns what is wrong. */
async function examine(job: Job, prefix: string): Promise<string[]> {
  const plain = await attempt(job, `${prefix}/plain`)
  if (plain.end !== 'done') throw new Error(`without a signal: ${plain.end}\n${plain.run?.log ?? ''}`)
  const every = Number(process.argv[2] ?? 1)
  const kills = plain.requests
    .filter((_, index) => index % every === 0)
    .flatMap(request => moments.map((moment: Moment): Kill => ({ request, moment })))
  const wrong: string[] = []
  let hits = 0
  const queue = kills.entries()
  const worker = async (): Promise<void> => {
    for (const [index, kill] of queue) {
      const { isHit, problems } = await endAt(job, `${prefix}/${index.toString()}`, kill)
      if (isHit) hits += 1
      wrong.push(...problems.map(problem => `${kill.request}, ${kill.moment}: ${problem}`))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  // The order of requests varies, so some are never made; most must be.
  if (hits < kills.length * 0.8) wrong.push('too few of the requests were made')
  const counts = `ended ${hits.toString()} of ${kills.length.toString()} runs, ${wrong.length.toString()} problems`
  process.stdout.write([`${job.title}: ${counts}`, ...wrong, ''].join('\n'))
  return wrong
}

for (const [index, start] of [rotating, copying].entries()) {
  const job = await start()
  try {
    if ((await examine(job, `kill${index.toString()}`)).length > 0) process.exitCode = 1
  } finally {
    await job.close()
  }
}
