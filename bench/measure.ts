/** Runs a program once, and measures it. */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command, Program, Work } from './programs.ts'
import type { Talk } from './place.ts'

/** The figures of a run. */
export interface Cost extends Talk {
  /** Wall time, in seconds. */
  readonly wall: number
  /** CPU time, user and system, in seconds. */
  readonly cpu: number
  /** Peak memory, in bytes. */
  readonly memory: number
}

type Use = Pick<Cost, 'wall' | 'cpu' | 'memory'>

const wrapper = join(import.meta.dirname, 'measured.py')

/** Runs a program on some work, with a home folder. Throws if it fails. */
export async function measure(program: Program, work: Work, home: string): Promise<Cost> {
  const places = new Set([work.from, work.to])
  for (const place of places) await place.take()
  const uses: Use[] = []
  for (const command of program.commands(work)) uses.push(await use(command, work, home))
  const talks = await Promise.all([...places].map(place => place.take()))
  const sum = <T>(list: readonly T[], of: (one: T) => number): number =>
    list.reduce((all, one) => all + of(one), 0)
  return {
    wall: sum(uses, ({ wall }) => wall),
    cpu: sum(uses, ({ cpu }) => cpu),
    memory: Math.max(...uses.map(({ memory }) => memory)),
    requests: sum(talks, ({ requests }) => requests),
    connections: sum(talks, ({ connections }) => connections),
    atOnce: Math.max(...talks.map(({ atOnce }) => atOnce)),
    bytes: sum(talks, ({ bytes }) => bytes)
  }
}

async function use({ file, args, env }: Command, work: Work, home: string): Promise<Use> {
  const report = join(home, 'use.json')
  const output = join(home, 'output')
  await writeFile(output, '')
  const { authority } = work.from
  const trust = authority === undefined ? {} : { NODE_EXTRA_CA_CERTS: authority, SSL_CERT_FILE: authority }
  const child = spawn('python3', [wrapper, report, file, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: home,
      USERPROFILE: home,
      GITHUB_OUTPUT: output,
      ...trust,
      ...env
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  const exitCode = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
  if (exitCode !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${String(exitCode)}\n${said}`)
  return JSON.parse(await readFile(report, 'utf8')) as Use
}
