/** What the search for credentials needs from the machine, and where it keeps login files. */
import { constants, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type RunProgram, runningIn } from './program.ts'

/** A machine, as far as logins are looked for on it. */
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

/** A path that is not a file of a size that login files have; the message says in a few words what it is. */
export class NotALoginFile extends Error {}

/** The largest login file that is read, in bytes. */
const MAXIMUM_FILE = 1024 * 1024

/** Describes the machine that this runs on. */
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
 * Reads a regular file of bounded size. A pipe or device is opened without waiting for a writer: that wait would block a thread,
 * and the process could not end.
 */
async function readLoginFile(path: string): Promise<string> {
  // Windows has no O_NONBLOCK; undefined counts as 0.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!(await file.stat()).isFile()) throw new NotALoginFile('it is not a regular file')
    const chunks: Uint8Array[] = []
    let size = 0
    // One byte more than is allowed: the size that the system states may be wrong, as below /proc.
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

/** Leaves out the inputs of the step, secrets among them: the programs that it runs need none of them. */
function withoutInputs(env: Machine['env']): Machine['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^INPUT_/i.test(name)))
}

/** Gives the directory of Docker's configuration. */
export function dockerDirectory(machine: Machine): string {
  return variable(machine, 'DOCKER_CONFIG') ?? join(machine.home, '.docker')
}

/** Gives the directory of Buildx's configuration. */
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

/** Reads a variable; one that is set to nothing counts as not set. */
function variable({ env }: Machine, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}
