/** Scenario: somebody cancels the job, and the action ends within the time it is given, with the truth about every tag. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { image } from '../../testing/images.ts'
import type { Answer } from '../../testing/registry-exchange.ts'
import { type RegistryServer, startRegistry } from '../../testing/registry-server.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'
import { makeJob } from './job.ts'

const [today, yesterday] = [image({ seed: 'today' }), image({ seed: 'yesterday' })]

/** Which request is held up, for how long, and what answers it in the end: the registry itself where there is no answer. */
interface Trap {
  pattern: RegExp
  held: number
  spring: () => void
  answer?: Answer | undefined
}

const trap: Trap = { pattern: /$^/, held: Infinity, spring: () => undefined }

const registry: RegistryServer = await startRegistry({
  profile: {
    name: 'trap',
    before: async ({ method, url }) => {
      if (!trap.pattern.test(`${method} ${url.pathname}`)) return undefined
      trap.spring()
      // Longer than the action may take: its connection is closed before.
      await new Promise(resolve => setTimeout(resolve, trap.held).unref())
      return trap.answer
    }
  }
})
afterAll(() => registry.close())

interface Details {
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly answer?: Answer
}

/** Runs the action and cancels it the moment that the request is under way, which takes so many milliseconds to be done. */
async function runCancelledAt(
  pattern: RegExp,
  held: number,
  { inputs = {}, env = {}, answer }: Details = {}
): Promise<ActionRun> {
  const cancelled = new Promise<void>(resolve => {
    Object.assign(trap, { pattern, held, spring: resolve, answer })
  })
  const usual = { registry: registry.host, repository: 'acme/app', source: 'main', target: 'latest stable' }
  return runAction({ ...usual, ...inputs }, { cancelled, timeoutMs: 10_000, env })
}

const told = ({ report }: ActionRun): string[] => report?.targets.map(({ outcome }) => outcome) ?? []

// Node runs no script as a program on Windows.
const helped = process.platform === 'win32' ? test.skip : test

describe('a cancelled job', () => {
  beforeEach(() => {
    registry.seed('acme/app', today, ['main'])
    registry.seed('acme/app', yesterday, ['latest', 'stable'])
  })

  test('ends at once while the registry does not answer a question', async () => {
    const run = await runCancelledAt(/^HEAD .*latest/, 9_000)
    expect(run.exitCode).toBe(1)
    expect(told(run)).toStrictEqual(['not-attempted', 'not-attempted'])
    expect(run.annotations).toMatchObject([{ title: 'Retag: CANCELLED' }])
    expect(run.annotations[0]?.message).toContain('the job was cancelled')
    expect(run.summary).toContain('the job was cancelled')
  })

  test('ends at once while it waits for the source', async () => {
    const run = await runCancelledAt(/^GET .*never/, 0, {
      inputs: { source: 'never', 'wait-for-source': '1h' }
    })
    expect(told(run)).toStrictEqual(['not-attempted', 'not-attempted'])
    expect(run.annotations[0]?.message).toContain('the job was cancelled')
  })

  test('ends within seconds whatever else it waits for: a pipe that nobody writes, for one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'retag-pipe-'))
    try {
      const pipe = join(folder, 'pipe')
      execFileSync('mkfifo', [pipe])
      // Takes one of Node's threads, as a name server that does not answer does: process.exit() waits for them.
      const script = join(folder, 'block.cjs')
      await writeFile(script, `require('node:fs').readFile(${JSON.stringify(pipe)}, () => undefined)`)
      const env = { NODE_OPTIONS: `--require=${script}` }
      const run = await runCancelledAt(/^HEAD .*latest/, 9_000, { env })
      expect(run.exitCode).toBe(143)
      expect(run.annotations).toMatchObject([{ title: 'Retag: CANCELLED' }])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  helped('ends in time even if a credential helper, called at the first write, does not', async () => {
    const files = { '.docker/config.json': { credHelpers: { [registry.host]: 'slow' } } }
    const job = await makeJob(files, { slow: 'exec sleep 9' })
    const answer = { status: 401, headers: { 'www-authenticate': 'Basic realm="acme"' } }
    const run = await runCancelledAt(/^PUT .*latest/, 0, {
      inputs: { target: 'latest' },
      env: job.env,
      answer
    })
    await job.remove()
    expect(run.annotations).toMatchObject([{ title: 'Retag: CANCELLED' }])
    expect(run.annotations[0]?.message).toContain('pending requests did not end in time')
  })

  test('finishes a write in progress, and restores what was moved', async () => {
    const run = await runCancelledAt(/^PUT .*stable-1$/, 2_000, { inputs: { 'keep-previous': 'stable=1' } })
    expect(run.exitCode).toBe(1)
    expect(told(run)).toStrictEqual(['restored', 'not-attempted', 'created'])
    for (const tag of ['latest', 'stable', 'stable-1'])
      expect(registry.tag('acme/app', tag)).toBe(yesterday.digest)
  })

  test('tells what it does not know, where the registry does not answer a write in time', async () => {
    const run = await runCancelledAt(/^PUT .*latest/, 9_500, { inputs: { target: 'latest' } })
    expect(run.exitCode).toBe(1)
    expect(told(run)).toStrictEqual(['failed'])
    expect(run.summary).toContain('not known')
  })
})
