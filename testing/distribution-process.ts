/** Distribution as a child process that cannot outlive the tests: the binary, or a container. */
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { imageOf } from './find-distribution.ts'
import { GrowingText } from './growing-text.ts'

/** Where it listens in a container; on this machine a free port is published. */
export const CONTAINED_PORT = 5000

// The registry ends when its standard input is closed, and so with the tests, even if they are killed.
const WATCHED = `
  exec 3<&0
  "$@" </dev/null 3<&- &
  registry=$!
  { cat <&3; kill -9 $registry; } >/dev/null 2>&1 &
  wait $registry`

/** How a registry is started. */
export interface Launch {
  /** The path of its configuration. */
  readonly config: string
  /** Folders that a container mounts. */
  readonly folders: readonly string[]
}

/** A started registry. */
export interface Launched {
  /** Its access log. */
  readonly access: GrowingText
  readonly log: GrowingText
  /** Waits until the registry listens, and returns where: `127.0.0.1:PORT`. */
  listens(): Promise<string>
  end(): Promise<void>
}

/** Starts the registry: the binary at a path, or the image of `docker:IMAGE` in a container. */
export function launch(command: string, { config, folders }: Launch): Launched {
  const image = imageOf(command)
  const name = `retag-test-${randomUUID()}`
  const watched = ['-c', WATCHED, 'sh', image === undefined ? command : 'registry', 'serve', config]
  const child =
    image === undefined
      ? spawn('sh', watched, { env: withoutSettings(process.env), stdio: 'pipe' })
      : spawn('docker', [...containerArguments(name, folders), image, ...watched], { stdio: 'pipe' })
  const closed = once(child, 'close')
  const log = new GrowingText(child.stderr)
  return {
    log,
    access: new GrowingText(child.stdout),
    listens: async () => {
      const [, port = ''] = await log.until(/listening on \S+:(\d+)/)
      return image === undefined ? `127.0.0.1:${port}` : publishedHost(name)
    },
    end: async () => {
      child.stdin.end()
      await closed
    }
  }
}

/** Removes variables that distribution would take as settings. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('REGISTRY_')))
}

function containerArguments(name: string, folders: readonly string[]): string[] {
  const user = `${process.getuid?.().toString() ?? '0'}:${process.getgid?.().toString() ?? '0'}`
  const mounts = folders.flatMap(folder => ['--volume', `${folder}:${folder}`])
  const port = `127.0.0.1::${CONTAINED_PORT.toString()}`
  return [
    'run',
    '--rm',
    '--interactive',
    '--name',
    name,
    '--user',
    user,
    ...mounts,
    '--publish',
    port,
    '--entrypoint',
    'sh'
  ]
}

async function publishedHost(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', ['port', name, `${CONTAINED_PORT.toString()}/tcp`])
  return stdout.trim()
}
