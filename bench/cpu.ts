/**
 * Measures the CPU time (user and system) of giving an image one new tag: the built action beside a bare node:http script that
 * makes the same requests to the same registry. `npm run bench`, or `npm run bench -- 100` for a hundred runs of each; RETAG_NODE
 * names another Node to run them on.
 *
 * The programs take turns, so that whatever else the machine does falls on all. The registry is in this process, whose time is
 * not counted.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { image, indexOf } from '../__tests__/support/images.ts'
import { type RegistryServer, startRegistry } from '../__tests__/support/registry-server.ts'

const WARM_UP = 3
const RUNS = Number(process.argv[2] ?? 30)
const GOAL = 1.25
const REPOSITORY = 'acme/app'
const SOURCE = 'sha-1'

const node = process.env.RETAG_NODE ?? process.execPath
const root = join(import.meta.dirname, '..')
const preload = pathToFileURL(join(root, 'bench', 'report-cpu.mjs')).href

/** What is measured, and the CPU times of its runs, in milliseconds. */
interface Program {
  readonly name: string
  /** The script, from the root of the repository, and its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly times: number[]
}

/** Where a run happens: the registry it speaks to and the folder of the runner's files. */
interface Place {
  readonly registry: RegistryServer
  readonly folder: string
}

const bare: Program = { name: 'bare script, import', command: ['bench/bare.mjs'], times: [] }
const lean: Program = { name: 'bare script, require', command: ['bench/bare.mjs', 'require'], times: [] }
const action: Program = { name: 'Retag', command: ['dist/index.js'], times: [] }
const programs = [bare, lean, action]

/** Runs a program once and gives the CPU time it took. Throws when it did not make exactly the requests. */
async function measure({ command }: Program, tag: string, { registry, folder }: Place): Promise<number> {
  registry.clearLog()
  const [script, ...args] = command
  const report = join(folder, 'cpu')
  const child = spawn(node, ['--import', preload, join(root, script), ...args], {
    env: { ...(await environment(folder)), ...inputs(registry, tag), CPU_REPORT: report },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const exitCode = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  const requests = registry.log.map(({ method, status }) => `${method} ${status.toString()}`).sort()
  if (exitCode !== 0 || requests.join(', ') !== 'GET 200, HEAD 404, PUT 201')
    throw new Error(`${script} ended with ${String(exitCode)} after ${requests.join(', ')}`)
  return Number(await readFile(report, 'utf8')) / 1000
}

async function environment(folder: string): Promise<Record<string, string>> {
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') }
  for (const file of Object.values(files)) await writeFile(file, '')
  return { PATH: process.env.PATH ?? '', HOME: folder, USERPROFILE: folder, ...files }
}

function inputs({ host }: RegistryServer, tag: string): Record<string, string> {
  // The runner gives every input that action.yml has a default for; these have to be said.
  return {
    INPUT_REGISTRY: host,
    INPUT_REPOSITORY: REPOSITORY,
    INPUT_SOURCE: SOURCE,
    INPUT_TARGET: tag,
    'INPUT_DRY-RUN': 'false',
    INPUT_REFERRERS: 'true'
  }
}

async function measureAll(place: Place): Promise<void> {
  for (let run = -WARM_UP; run < RUNS; run++) {
    for (const [index, program] of programs.entries()) {
      const tag = `run-${(run + WARM_UP).toString()}-${index.toString()}`
      const time = await measure(program, tag, place)
      if (run >= 0) program.times.push(time)
    }
  }
}

function table(): string {
  const titles = ['', 'median', 'least', 'most', 'Retag is']
  const rows = programs.map(({ name, times }) => [
    name,
    ...[median(times), Math.min(...times), Math.max(...times)].map(time => `${time.toFixed(1)} ms`),
    `${(median(action.times) / median(times)).toFixed(2)} ×`
  ])
  return [titles, ...rows]
    .map(([first = '', ...rest]) => first.padEnd(22) + rest.map(cell => cell.padStart(11)).join(''))
    .join('\n')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

const registry = await startRegistry()
const folder = await mkdtemp(join(tmpdir(), 'retag-bench-'))
try {
  const platforms = ['linux/amd64', 'linux/arm64'].map(platform => image({ platform }))
  registry.seed(REPOSITORY, indexOf(platforms), [SOURCE])
  await measureAll({ registry, folder })
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  console.log(`CPU time of one new tag, ${RUNS.toString()} runs each, on Node ${version}

${table()}
`)
  console.log(`The goal is at most ${GOAL.toString()} × the bare script.`)
} finally {
  await registry.close()
  await rm(folder, { recursive: true, force: true })
}
