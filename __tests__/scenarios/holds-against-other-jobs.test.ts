/**
 * Scenarios: other jobs write the same tags meanwhile (contract: *Other jobs*). A proxy holds requests up, so that each meets the
 * others at the worst moment.
 */
import { afterAll, expect, test } from '@jest/globals'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDistribution } from '../../testing/distribution.ts'
import { type Choose, startFaultProxy } from '../../testing/fault-proxy.ts'
import { type Image, digestOf, image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'

const [registry, origin] = await Promise.all([startDistribution(), startDistribution()])
afterAll(() => Promise.all([registry.close(), origin.close()]))

const version = (text: string): Image =>
  image({ seed: text, labels: { 'org.opencontainers.image.version': text } })
const [old, ours, theirs] = [version('1.3.0'), version('1.4.0'), version('1.5.0')]

// A look that is older than a second is not written on.
const LONGER_THAN_A_LOOK_LASTS = 1100

const place = (repository: string): { base: string; repository: string } => ({
  base: registry.base,
  repository
})
const held = async (repository: string, tag: string): Promise<string | undefined> =>
  (await pull(place(repository), tag))?.digest
const outcomes = ({ report }: ActionRun): string[] => report?.targets.map(({ outcome }) => outcome) ?? []

/** Makes a repository with the images of two jobs; some tags hold an older one. */
async function prepare(repository: string, tags: readonly string[] = []): Promise<void> {
  if (tags.length > 0) await push(place(repository), old, tags)
  await push(place(repository), ours, ['ours'])
  await push(place(repository), theirs, ['theirs'])
}

/** Has jobs promote the images of these tags at the same time, all through one proxy. */
async function runThrough(
  choose: Choose,
  jobs: readonly Readonly<Record<string, string>>[]
): Promise<ActionRun[]> {
  const proxy = await startFaultProxy({ registry: registry.host }, choose)
  try {
    return await Promise.all(jobs.map(inputs => runAction({ registry: proxy.host, ...inputs })))
  } finally {
    await proxy.close()
  }
}

async function runOne(choose: Choose, inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
  const [run] = await runThrough(choose, [{ source: 'ours', ...inputs }])
  if (run === undefined) throw new Error('one job gives one run')
  return run
}

/** Does something the first time that such a request comes, and lets it go on then. */
function onFirst(pattern: RegExp, act: () => ReturnType<Choose>): Choose {
  let hasCome = false
  return ({ line }) => {
    if (hasCome || !pattern.test(line)) return undefined
    hasCome = true
    return act()
  }
}

/** Holds such requests up until both jobs have sent theirs: by then neither looks at the tag again before it writes. */
function meeting(pattern: RegExp): Choose {
  let letGo = (): void => undefined
  const both = new Promise<undefined>(resolve => {
    letGo = () => {
      resolve(undefined)
    }
  })
  let arrived = 0
  return ({ line }) => {
    if (!pattern.test(line)) return undefined
    arrived += 1
    if (arrived === 2) letGo()
    return both
  }
}

const delays = [0, 250, 1500]
const pairs = delays.flatMap(older => delays.map(newer => ({ older, newer })))

test.concurrent.each(pairs)(
  'the newest image ends on a tag that two jobs move forward: 1.4.0 held up by $older ms, 1.5.0 by $newer ms',
  async ({ older, newer }) => {
    const repository = `pairs/of-${older.toString()}-and-${newer.toString()}`
    await prepare(repository, ['latest'])
    const choose: Choose = async ({ line, body }) => {
      if (line.startsWith('PUT')) await sleep(digestOf(body) === theirs.digest ? newer : older)
      return undefined
    }
    const runs = await runThrough(
      choose,
      ['ours', 'theirs'].map(source => ({ repository, source, target: 'latest', 'if-exists': 'forward' }))
    )

    expect(await held(repository, 'latest')).toBe(theirs.digest)
    expect(runs.map(({ exitCode }) => exitCode)).toStrictEqual([0, 0])
    // The older job may have ended before the newer one writes; what it reports depends on that.
    expect(runs[1]?.report?.targets).toMatchObject([{ digest: theirs.digest }])
  }
)

const policies = [
  { policy: 'fail', before: [], outcome: 'refused', exitCode: 1 },
  { policy: 'skip', before: [], outcome: 'kept', exitCode: 0 },
  { policy: 'forward', before: ['latest'], outcome: 'kept', exitCode: 0 }
]
const refusals = policies.flatMap(each =>
  (['503 with Retry-After', '429'] as const).map(fault => ({ ...each, fault }))
)

test.concurrent.each(refusals)(
  'a write that is repeated after $fault does not overwrite what came meanwhile, under $policy',
  async ({ policy, before, outcome, exitCode, fault }) => {
    const repository = `repeated/${policy}-${fault.slice(0, 3)}`
    await prepare(repository, before)
    const choose = onFirst(/^PUT .*latest/, async () => {
      await push(place(repository), theirs, ['latest'])
      return fault
    })
    const run = await runOne(choose, { repository, target: 'latest', 'if-exists': policy })

    expect(await held(repository, 'latest')).toBe(theirs.digest)
    expect(outcomes(run)).toStrictEqual([outcome])
    expect(run.exitCode).toBe(exitCode)
  }
)

test.concurrent(
  'what another job wrote is not put back, neither after a 409 nor over a write of ours',
  async () => {
    const repository = 'acme/put-back'
    await prepare(repository, ['latest', 'stable'])
    const choose = onFirst(/^PUT .*latest/, async () => {
      // Quirk: distribution does not write a tag's file at once; who reads it meanwhile gets an error.
      while ((await held(repository, 'stable').catch(() => undefined)) !== ours.digest) await sleep(10)
      await push(place(repository), theirs, ['latest', 'stable'])
      return '409' as const
    })
    const run = await runOne(choose, { repository, target: 'latest stable', 'on-failure': 'restore' })

    expect(await held(repository, 'latest')).toBe(theirs.digest)
    expect(await held(repository, 'stable')).toBe(theirs.digest)
    expect(run.exitCode).toBe(1)
    expect(outcomes(run)).toStrictEqual(['failed', 'superseded'])
    expect(run.report?.targets.map(({ digest }) => digest)).toStrictEqual([theirs.digest, theirs.digest])
  }
)

test.concurrent.each(policies)(
  'a copy from another registry does not overwrite what came meanwhile, under $policy',
  async ({ policy, before, outcome, exitCode }) => {
    const repository = `copied/${policy}`
    if (before.length > 0) await push(place(repository), old, before)
    await push({ base: origin.base, repository }, ours, ['ours'])
    const choose = onFirst(/^POST .*uploads/, async () => {
      await push(place(repository), theirs, ['latest'])
      await sleep(LONGER_THAN_A_LOOK_LASTS)
      return undefined
    })
    const source = `${origin.host}/${repository}:ours`
    const run = await runOne(choose, { source, repository, target: 'latest', 'if-exists': policy })

    expect(await held(repository, 'latest')).toBe(theirs.digest)
    expect(outcomes(run)).toStrictEqual([outcome])
    expect(run.exitCode).toBe(exitCode)
  }
)

test.concurrent('two jobs that create the same tag under fail are not both green', async () => {
  const repository = 'acme/both-fail'
  await prepare(repository)
  const runs = await runThrough(
    meeting(/^PUT .*1\.5$/),
    ['ours', 'theirs'].map(source => ({ repository, source, target: '1.5', 'if-exists': 'fail' }))
  )

  const [green, ...others] = runs.filter(({ exitCode }) => exitCode === 0)
  expect(others).toStrictEqual([])
  expect(green?.outputs.digest).toBe(await held(repository, '1.5'))
  const red = runs.find(({ exitCode }) => exitCode !== 0)
  expect(red?.report?.targets).toMatchObject([{ outcome: 'superseded', digest: green?.outputs.digest }])
  expect(red?.annotations[0]?.title).toBe('Retag: TARGET_PROTECTED')
})

test.concurrent('no image of a rotation is lost to another job without a word in the report', async () => {
  const repository = 'acme/rotation'
  await prepare(repository, ['nightly'])
  const runs = await runThrough(
    meeting(/^PUT .*nightly$/),
    ['ours', 'theirs'].map(source => ({ repository, source, target: 'nightly', 'keep-previous': '1' }))
  )

  const kept = await Promise.all(['nightly', 'nightly-1'].map(tag => held(repository, tag)))
  const lost = [ours, theirs].filter(({ digest }) => !kept.includes(digest))
  expect(lost).toHaveLength(1)
  const run = runs[lost[0] === ours ? 0 : 1]
  expect(run?.report?.targets[0]).toMatchObject({ outcome: 'superseded', digest: kept[0] })
  expect(run?.report?.targets[0]?.reason).toContain(
    `no tag of the rotation holds ${lost[0]?.digest ?? ''} now`
  )
})

test.concurrent('previous-digest names what a tag held within the second before it was written', async () => {
  const repository = 'acme/previous'
  await prepare(repository, ['latest'])
  const choose = onFirst(/^PUT .*1\.4\.0/, async () => {
    await push(place(repository), theirs, ['latest'])
    await sleep(LONGER_THAN_A_LOOK_LASTS)
    return undefined
  })
  const run = await runOne(choose, { repository, target: 'latest 1.4.0' })

  expect(run.exitCode).toBe(0)
  expect(outcomes(run)).toStrictEqual(['moved', 'created'])
  expect(await held(repository, 'latest')).toBe(ours.digest)
  expect(run.outputs['previous-digest']).toBe(theirs.digest)
  expect(run.summary).toContain(theirs.digest.slice(7, 19))
})
