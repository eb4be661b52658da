/**
 * Measures copying an image from one registry to another: the built action beside `skopeo copy --all`, on the same two
 * registries (distribution) on this machine. `npm run bench:copy`, or `npm run bench:copy -- 9` for nine runs of each.
 *
 * The programs take turns, and every run has a registry of its own to copy to, which has never seen a byte of the image. Time
 * is that of the whole process; memory is its peak, as Linux counts it. After each run of Retag it is run once more, and must
 * send no blob. Needs skopeo, and 3 GB of disk.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { type Distribution, startDistribution } from '../__tests__/support/distribution.ts'
import { type Image, image } from '../__tests__/support/images.ts'
import { pull, push } from '../__tests__/support/push.ts'
import { temporaryFolder } from './temporary-folder.ts'

const RUNS = Number(process.argv[2] ?? 5)
const MEBIBYTE = 1024 * 1024
const TIME_GOAL = 1
const MEMORY_GOAL = 150
const WATCH_INTERVAL = 20

const node = process.env.RETAG_NODE ?? process.execPath
const action = new URL('../dist/index.js', import.meta.url).pathname

/** What one run took. */
interface Cost {
  readonly seconds: number
  /** In MB. */
  readonly memory: number
}

interface Copying {
  /** `127.0.0.1:PORT/repository:tag` */
  readonly source: string
  readonly target: string
  readonly folder: string
}

/** A program that copies: how it is called. */
interface Program {
  readonly name: string
  command(copying: Copying): { file: string; args: string[]; env: Record<string, string> }
}

const programs: readonly Program[] = [
  {
    name: 'skopeo copy --all',
    command: ({ source, target }) => ({
      file: 'skopeo',
      args: [
        '--insecure-policy',
        ...['copy', '--all', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'],
        ...[`docker://${source}`, `docker://${target}`]
      ],
      env: {}
    })
  },
  {
    name: 'Retag',
    command: ({ source, target, folder }) => ({
      file: node,
      args: [action],
      env: {
        ...{ INPUT_REGISTRY: 'docker.io', INPUT_SOURCE: source, INPUT_TARGET: target },
        ...{ 'INPUT_DRY-RUN': 'false', INPUT_REFERRERS: 'true', GITHUB_OUTPUT: `${folder}/output` }
      }
    })
  }
]

/** Runs a program once. Throws when it fails. */
async function measure(program: Program, copying: Copying): Promise<Cost> {
  const { file, args, env } = program.command(copying)
  const begin = performance.now()
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH ?? '', HOME: copying.folder, ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let said = ''
  child.stdout.on('data', (text: Buffer) => (said += text.toString()))
  let memory = 0
  const watch = setInterval(() => {
    void peakMemory(child.pid).then(peak => (memory = Math.max(memory, peak)))
  }, WATCH_INTERVAL)
  const exitCode = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  const seconds = (performance.now() - begin) / 1000
  clearInterval(watch)
  if (exitCode !== 0) throw new Error(`${program.name} ended with ${String(exitCode)}\n${said}`)
  return { seconds, memory }
}

/** Reads the peak memory of a process so far, in MB. */
async function peakMemory(pid = 0): Promise<number> {
  const status = await readFile(`/proc/${pid.toString()}/status`, 'utf8').catch(() => '')
  return (Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024) / 1e6
}

/** Copies once to a registry of its own, and makes sure that everything came, and that nothing is sent the second time. */
async function runOnce(program: Program, from: Distribution, of: Image): Promise<Cost> {
  const to = await startDistribution()
  try {
    return await temporaryFolder(async folder => {
      await writeFile(`${folder}/output`, '')
      const copying = { source: `${from.host}/acme/app:1`, target: `${to.host}/acme/app:1`, folder }
      const cost = await measure(program, copying)
      const pulled = await pull({ base: to.base, repository: 'acme/app' }, '1')
      if (pulled?.digest !== of.digest) throw new Error(`${program.name} copied something else`)
      if (program.name === 'Retag') await expectNothingSent(program, copying, to)
      return cost
    })
  } finally {
    await to.close()
  }
}

async function expectNothingSent(program: Program, copying: Copying, to: Distribution): Promise<void> {
  const before = (await to.requestsBy('retag')).length
  await measure(program, copying)
  const requests = (await to.requestsBy('retag')).slice(before)
  const writes = requests.filter(request => !/^(?:GET|HEAD) /.test(request))
  if (writes.length > 0) throw new Error(`the second run wrote: ${writes.join(', ')}`)
}

function layersOf(count: number, size: number): Uint8Array[] {
  // Compressed as their type says, or skopeo would compress them; and of random bytes, as good as compressed layers are.
  return Array.from({ length: count }, () => gzipSync(randomBytes(size), { level: 0 }))
}

const subjects = [
  { name: '1 GiB in eight layers', build: () => image({ layers: layersOf(8, 128 * MEBIBYTE) }) },
  { name: '200 layers of 20 kB', build: () => image({ layers: layersOf(200, 20_000) }) }
]

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function measureAll(build: () => Image): Promise<Map<Program, Cost[]>> {
  const from = await startDistribution()
  const costs = new Map(programs.map(program => [program, [] as Cost[]]))
  try {
    const of = build()
    await push({ base: from.base, repository: 'acme/app' }, of, ['1'])
    for (let run = 0; run < RUNS; run++)
      for (const program of programs) costs.get(program)?.push(await runOnce(program, from, of))
  } finally {
    await from.close()
  }
  return costs
}

console.log(`Node ${process.version}, ${RUNS.toString()} runs of each\n`)
console.log('| image | program | median, s | fastest, s | of skopeo | peak memory, MB |')
console.log('|---|---|---|---|---|---|')
let isGood = true
for (const { name, build } of subjects) {
  let skopeo: number | undefined
  for (const [program, costs] of await measureAll(build)) {
    const seconds = costs.map(cost => cost.seconds)
    const time = median(seconds)
    const memory = Math.max(...costs.map(cost => cost.memory))
    const ratio = time / (skopeo ??= time)
    const cells = [time.toFixed(2), Math.min(...seconds).toFixed(2), ratio.toFixed(2), memory.toFixed(0)]
    console.log(`| ${name} | ${program.name} | ${cells.join(' | ')} |`)
    if (program.name === 'Retag') isGood &&= ratio <= TIME_GOAL && memory <= MEMORY_GOAL
  }
}
console.log(`\nA second run of Retag sends nothing.`)
console.log(
  `Goal: at most ${TIME_GOAL.toFixed(2)} times skopeo's time and ${MEMORY_GOAL.toString()} MB. ${isGood ? 'Reached.' : 'Missed.'}`
)
process.exitCode = isGood ? 0 : 1
