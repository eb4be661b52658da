/** Runs the built action in a child process as the runner does: inputs and files in the environment, and nothing else of ours. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The result of a run. */
export interface ActionRun {
  readonly exitCode: number
  /** Standard output and standard error, in order. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  /** The job summary, Markdown. */
  readonly summary: string
  readonly annotations: readonly LoggedAnnotation[]
  /** The `report` output, parsed; undefined when it was not set. */
  readonly report: ReportJson | undefined
}

/** An annotation, read from the workflow command in the log. */
export interface LoggedAnnotation {
  readonly level: string
  readonly title: string
  readonly message: string
}

/** The `report` output (contract.md). */
export interface ReportJson {
  readonly sources: readonly {
    readonly reference: string
    readonly digest?: string
    readonly mediaType?: string
    readonly size?: number
    readonly platforms?: readonly string[]
    readonly manifests?: Readonly<Record<string, string>>
  }[]
  readonly dryRun: boolean
  readonly targets: readonly {
    readonly reference: string
    readonly source: string
    readonly outcome: string
    readonly digest?: string
    readonly previousDigest?: string
    readonly reason?: string
    readonly keeps?: string
  }[]
  readonly copied: Readonly<
    Record<'manifests' | 'blobs' | 'bytes' | 'mounted' | 'present' | 'referrers', number>
  >
}

/** Options of a run. */
export interface RunOptions {
  /** More environment. */
  readonly env?: Readonly<Record<string, string>>
  /** How long the action may take before it is killed, in milliseconds; a minute by default. */
  readonly timeoutMs?: number
  /** When the job is cancelled: the action gets SIGINT then, as the runner sends it. */
  readonly cancelled?: Promise<unknown>
  /** Called once the action has started, with a function that sends it signals. */
  readonly onStart?: (send: (signal: NodeJS.Signals) => void) => void
}

interface Metadata {
  readonly inputs: Readonly<Record<string, { readonly default?: unknown }>>
  readonly runs: { readonly main: string }
}

const root = join(import.meta.dirname, '..')

/**
 * Runs the action of action.yml, with its defaults for inputs that are not given. Throws if an input is not in action.yml, and if
 * the action takes too long.
 */
export async function runAction(
  inputs: Readonly<Record<string, string>>,
  options: RunOptions = {}
): Promise<ActionRun> {
  const { inputs: known, runs } = parse(await readFile(join(root, 'action.yml'), 'utf8')) as Metadata
  const directory = await mkdtemp(join(tmpdir(), 'retag-run-'))
  try {
    const files = await runnerFiles(directory)
    const env = { ...files, ...inputVariables(inputs, known), ...options.env }
    const { exitCode, log } = await execute(join(root, runs.main), env, options)
    const outputs = parseFileCommands(await readFile(files.GITHUB_OUTPUT, 'utf8'))
    return {
      exitCode,
      log,
      outputs,
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
      annotations: parseAnnotations(log),
      report: outputs.report === undefined ? undefined : (JSON.parse(outputs.report) as ReportJson)
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

type RunnerFile = 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY' | 'GITHUB_STATE'

async function runnerFiles(
  directory: string
): Promise<Record<RunnerFile | 'HOME' | 'USERPROFILE' | 'RUNNER_TEMP', string>> {
  const files: Record<RunnerFile, string> = {
    GITHUB_OUTPUT: join(directory, 'output'),
    GITHUB_STEP_SUMMARY: join(directory, 'summary'),
    GITHUB_STATE: join(directory, 'state')
  }
  for (const file of Object.values(files)) await writeFile(file, '')
  // A home of its own: otherwise Node would find this user's home and logins.
  const home = join(directory, 'home')
  await mkdir(home)
  return { ...files, HOME: home, USERPROFILE: home, RUNNER_TEMP: directory }
}

function inputVariables(
  inputs: Readonly<Record<string, string>>,
  known: Metadata['inputs']
): Record<string, string> {
  const unknown = Object.keys(inputs).filter(name => !(name in known))
  if (unknown.length > 0) throw new Error(`action.yml has no input ${unknown.join(', ')}`)
  const defaults = Object.entries(known).map(([name, input]) => [name, defaultOf(input)] as const)
  return Object.fromEntries(
    [...defaults, ...Object.entries(inputs)].map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value
    ])
  )
}

/** A default as the runner sets it; expressions (`${{ github.token }}`) are empty. */
function defaultOf({ default: value = '' }: { readonly default?: unknown }): string {
  return String(value).replace(/\$\{\{.*?\}\}/g, '')
}

function execute(
  script: string,
  env: Readonly<Record<string, string>>,
  { timeoutMs = 60_000, cancelled, onStart }: RunOptions
): Promise<{ exitCode: number; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.RETAG_NODE ?? process.execPath, [script], {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL'
    })
    void cancelled?.then(() => child.kill('SIGINT'))
    onStart?.(signal => child.kill(signal))
    let log = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text
      })
    }
    child.on('error', reject)
    child.on('close', (exitCode, signal) => {
      // The action may end itself with this signal; shells and runners report it as 143.
      if (signal === 'SIGTERM') resolve({ exitCode: 143, log })
      else if (exitCode === null) reject(new Error(`the action was ended by ${signal ?? 'nobody'}:\n${log}`))
      else resolve({ exitCode, log })
    })
  })
}

/** Parses a file of `NAME<<DELIMITER`, value, `DELIMITER`. */
function parseFileCommands(text: string): Record<string, string> {
  const values = text.matchAll(/^(?<name>[^\n]+?)<<(?<end>[^\r\n]+)\r?\n(?<value>[\s\S]*?)\r?\n\k<end>\r?$/gm)
  return Object.fromEntries([...values].map(({ groups }) => [groups?.name ?? '', groups?.value ?? '']))
}

function parseAnnotations(log: string): LoggedAnnotation[] {
  const commands = log.matchAll(
    /^::(?<level>error|warning|notice)(?: (?<properties>.*?))?::(?<message>.*)$/gm
  )
  return [...commands].map(({ groups }) => {
    const { level = '', properties = '', message = '' } = groups ?? {}
    const title = /(?:^|,)title=([^,]*)/.exec(properties)?.[1] ?? ''
    return { level, title: unescapeCommand(title), message: unescapeCommand(message) }
  })
}

/** Unescapes the data of a workflow command: line breaks, colons and commas. */
export function unescapeCommand(text: string): string {
  return text.replace(/%(0A|0D|25|3A|2C)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
