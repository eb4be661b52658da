/** Tests of the composition root, in this process; the scenarios run it as the runner does. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { begin } from '../../src/action/begin.ts'
import { main } from '../../src/action/main.ts'
import { image } from '../../testing/images.ts'
import { type RegistryServer, startRegistry } from '../../testing/registry-server.ts'

const ours = /^(?:INPUT_|GITHUB_)/
const before = { env: { ...process.env }, exitCode: process.exitCode }
let directory = ''
let registry: RegistryServer

interface Told {
  readonly log: string
  readonly exitCode: unknown
  readonly output: string
  readonly summary: string
}

/** Runs the action with some inputs; gives what it printed, its exit code and its files. */
async function run(
  inputs: Readonly<Record<string, string>>,
  files: string | { readonly hasSummary: boolean } = join(directory, 'output')
): Promise<Told> {
  const summary = join(directory, 'summary')
  const output = typeof files === 'string' ? files : join(directory, 'output')
  await rm(summary, { recursive: true, force: true })
  await Promise.all([join(directory, 'output'), summary].map(file => writeFile(file, '')))
  // A folder in the place of a file cannot be written, whoever runs these tests.
  if (typeof files !== 'string') await rm(summary).then(() => mkdir(summary))
  Object.assign(process.env, { GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary })
  for (const [name, value] of Object.entries(inputs)) process.env[`INPUT_${name.toUpperCase()}`] = value
  const log = await printed(() => main(begin(process.env)))
  const { exitCode } = process
  process.exitCode = before.exitCode
  return {
    log,
    exitCode,
    output: await readFile(join(directory, 'output'), 'utf8'),
    summary: await readFile(summary, 'utf8').catch(() => '')
  }
}

/** Gives what some work prints: workflow commands must not reach the runner of these tests. */
async function printed(work: () => Promise<void>): Promise<string> {
  const { stdout } = process
  const write = stdout.write.bind(stdout)
  let log = ''
  stdout.write = text => Boolean((log += String(text)))
  try {
    await work()
    return log
  } finally {
    stdout.write = write
  }
}

describe('main', () => {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'retag-main-'))
    registry = await startRegistry()
    registry.seed('acme/app', image({ seed: 'one' }), ['1'])
  })

  afterAll(async () => {
    process.env = before.env
    await registry.close()
    await rm(directory, { recursive: true, force: true })
  })

  beforeEach(() => {
    for (const name of Object.keys(process.env).filter(name => ours.test(name)))
      Reflect.deleteProperty(process.env, name)
  })

  const home = (): Record<string, string> => ({
    registry: registry.host,
    repository: 'acme/app'
  })

  test('does what the inputs say, and tells it in the log, the outputs and the summary', async () => {
    const told = await run({ ...home(), source: '1', target: 'latest' })
    expect(registry.tag('acme/app', 'latest')).toBe(image({ seed: 'one' }).digest)
    expect(told.exitCode).toBeUndefined()
    expect(told.log).toContain(`created       ${registry.host}/acme/app:latest`)
    expect(told.output).toContain('changed<<')
    expect(told.summary).toContain('/acme/app:1`: 1 created')
  })

  test('asks for the source and for what the tag holds, and no more where that is right', async () => {
    registry.clearLog()
    await run({ ...home(), source: '1', target: '1' })
    expect(registry.log.map(({ line }) => line)).toStrictEqual([
      'GET /v2/acme/app/manifests/1 → 200',
      'HEAD /v2/acme/app/manifests/1 → 200'
    ])
  })

  test('writes nothing in a dry run', async () => {
    registry.clearLog()
    const told = await run({ ...home(), source: '1', target: 'never', 'dry-run': 'true' })
    expect(told.exitCode).toBeUndefined()
    expect(told.log).toContain('Dry run, nothing was written: 1 would be created')
    expect(registry.log.map(({ method }) => method).sort()).toStrictEqual(['GET', 'HEAD'])
  })

  test('warns of a tag that is kept, because the image is older', async () => {
    const [older, newer] = ['1.0.0', '2.0.0'].map(version =>
      image({ seed: version, labels: { 'org.opencontainers.image.version': version } })
    )
    if (older) registry.seed('acme/app', older, ['older'])
    if (newer) registry.seed('acme/app', newer, ['stable'])
    const told = await run({ ...home(), source: 'older', target: 'stable', 'if-exists': 'forward' })
    expect(told.exitCode).toBeUndefined()
    expect(told.log).toMatch(/^::warning title=Retag%3A kept::.*1\.0\.0 is lower than 2\.0\.0/m)
  })

  test('tells what it waits for', async () => {
    const told = await run({ ...home(), source: 'never', target: 'latest', 'wait-for-source': '1s' })
    expect(told.exitCode).toBe(1)
    expect(told.log).toMatch(/^Waiting up to 1 s more: there is no image/m)
  })

  test('folds a long list', async () => {
    const target = Array.from({ length: 21 }, (_, index) => `t${index.toString()}`).join(' ')
    const { log } = await run({ ...home(), source: '1', target })
    expect(log).toMatch(/^::group::21 tags: 21 created\n(?:created .*\n){21}::endgroup::\nDone: 21 created$/m)
  })

  test('fails the step with one annotation when the inputs are wrong', async () => {
    const told = await run({ ...home(), source: '1', target: '.x' })
    expect(told.exitCode).toBe(1)
    expect(told.log.match(/^::error/gm)).toHaveLength(1)
    expect(told.log).toContain('::error title=Retag%3A REFERENCE_INVALID::')
  })

  test('warns of an input that it does not know, and masks a secret under a misspelt name', async () => {
    const told = await run({ ...home(), source: '1', target: '1', labels: 'a=b', pasword: 'hunter2' })
    expect(told.exitCode).toBe(1)
    expect(told.log).toMatch(/^::add-mask::hunter2$/m)
    expect(told.log).toMatch(/^::warning title=Retag%3A unknown input::"labels" is not an input of Retag/m)
    expect(told.log).toMatch(/^::error .*password: "pasword" is not an input of Retag/m)
  })

  test('warns of annotations that are not for the index', async () => {
    const told = await run({ ...home(), source: '1 2', target: 'both', annotations: 'manifest:a=b' })
    expect(told.log).toMatch(/^::warning title=Retag%3A warning::annotations has no line for the index/m)
    expect(told.exitCode).toBe(1)
  })

  test('fails the step when the image is not there', async () => {
    const told = await run({ ...home(), source: '2', target: 'latest' })
    expect(told.exitCode).toBe(1)
    expect(told.log).toContain('SOURCE_NOT_FOUND')
  })

  test('says of outputs that cannot be written what was done all the same', async () => {
    const nowhere = join(directory, 'no', 'such', 'file')
    const told = await run({ ...home(), source: '1', target: 'unreported' }, nowhere)
    expect(told.exitCode).toBe(1)
    expect(registry.tag('acme/app', 'unreported')).toBeDefined()
    expect(told.log).toMatch(
      /^::error title=Retag%3A the outputs could not be written::.*created .*unreported/m
    )
    expect(told.log).not.toContain('bug in Retag')
    expect(told.summary).toContain('1 created')
  })

  test('warns of a summary that cannot be written, and ends well', async () => {
    const told = await run({ ...home(), source: '1', target: '1' }, { hasSummary: false })
    expect(told.exitCode).toBeUndefined()
    expect(told.log).toMatch(/^::warning title=Retag%3A the job summary could not be written::/m)
    expect(told.output).toContain('changed<<')
  })
})
