/** What the search for credentials needs of the machine, and where login files are on it. */
import { readFile } from 'node:fs/promises'
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
  /** Reads a text file; rejects with Node's error. */
  readonly readFile: (path: string) => Promise<string>
  readonly run: RunProgram
}

/** Describes the machine that this runs on. */
export function thisMachine(env: Machine['env']): Machine {
  return {
    env,
    get home() {
      return homedir()
    },
    isRoot: process.getuid?.() === 0,
    readFile: path => readFile(path, 'utf8'),
    run: runningIn(withoutInputs(env))
  }
}

/** Leaves out the inputs of the step, secrets among them: they are no business of the programs that it runs. */
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
  // Where nobody has a session, as in containers, root's logins are here.
  return machine.isRoot ? ['/run/containers/0'] : []
}

/** Reads a variable; one that is set to nothing counts as not set. */
function variable({ env }: Machine, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name]
}
