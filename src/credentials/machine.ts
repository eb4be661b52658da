/** What finding credentials needs from the machine, and where its login files are. */
import { constants, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type RunProgram, runningIn } from './program.ts'

/** A machine, as far as finding logins needs it. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's home directory. */
  readonly home: string
  /** Whether the user is root. */
  readonly isRoot: boolean
  /** Reads a text file; rejects with Node's error, or with {@link NotALoginFile}. */
  readonly readFile: (path: string) => Promise<string>
  readonly run: RunProgram
}

/** The error for a path that is not a regular file of acceptable size; the message says what it is. */
export class NotALoginFile extends Error {}

/** The largest login file that is read, in bytes. */
const MAXIMUM_FILE = 1024 * 1024

/** The machine that this runs on. */
export function thisMachine(env: Machine['env']): Machine {
  return {
    env,
    get home() {
      return homedir()
    },
    isRoot: process.getuid?.() === 0,
    readFile: readLoginFile,
    run: runningIn(withoutInputs(env))
  }
}

/**
 * Reads a regular file of bounded size. A pipe or device is opened without waiting for a writer, which would block a thread and
 * keep the process from ending.
 */
async function readLoginFile(path: string): Promise<string> {
  // Windows has no O_NONBLOCK; undefined counts as 0.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile()) throw new NotALoginFile('it is not a regular file')
    const chunks: Uint8Array[] = []
    let size = 0
    // One byte more than allowed: the size that the system reports may be wrong, as in /proc.
    for await (const chunk of file.createReadStream({ end: MAXIMUM_FILE, autoClose: false })) {
      chunks.push(chunk as Uint8Array)
      size += (chunk as Uint8Array).length
    }
    if (size > MAXIMUM_FILE) throw new NotALoginFile('it is larger than 1 MiB')
    return Buffer.concat(chunks).toString()
  } finally {
    await file.close()
  }
}

/** Removes the step's inputs, which include secrets: the programs that it runs do not need them. */
function withoutInputs(env: Machine['env']): Machine['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^INPUT_/i.test(name)))
}

/** Returns the directory of Docker's configuration. */
export function dockerDirectory(machine: Machine): string {
  return variable(machine, 'DOCKER_CONFIG') ?? join(machine.home, '.docker')
}

/** Returns the directory of Buildx's configuration. */
export function buildxDirectory(machine: Machine): string {
  return variable(machine, 'BUILDX_CONFIG') ?? join(dockerDirectory(machine), 'buildx')
}

/** Lists the files in which Podman, Buildah and Skopeo keep logins, in the order in which they look (containers-auth.json). */
export function podmanPaths(machine: Machine): string[] {
  const file = variable(machine, 'REGISTRY_AUTH_FILE')
  if (file !== undefined) return [file]
  const config = variable(machine, 'XDG_CONFIG_HOME') ?? join(machine.home, '.config')
  return [...sessionDirectories(machine), join(config, 'containers')].map(directory =>
    join(directory, 'auth.json')
  )
}

function sessionDirectories(machine: Machine): string[] {
  const session = variable(machine, 'XDG_RUNTIME_DIR')
  if (session !== undefined) return [join(session, 'containers')]
  // Without a session, as in containers, root's logins are here.
  return machine.isRoot ? ['/run/containers/0'] : []
}

/** Reads a variable; an empty one counts as unset. */
function variable({ env }: Machine, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}
