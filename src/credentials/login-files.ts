/** Looks for logins in login files; reads each file once in a run, and asks each helper once for a registry. */
import type { Credential } from '../oci/credential.ts'
import { printable } from '../oci/printable.ts'
import type { Repository } from '../oci/reference.ts'
import { type Registry, serverOf } from '../oci/registry-host.ts'
import { type Helper, askHelper } from './credential-helper.ts'
import {
  type Dialect,
  type DockerConfig,
  entryFor,
  helperFor,
  parseDockerConfig,
  unreadable
} from './docker-config.ts'
import { type Machine, NotALoginFile } from './machine.ts'

/** The login files of a machine. */
export class LoginFiles {
  readonly #machine: Machine
  readonly #files = new Map<string, Promise<DockerConfig | undefined>>()
  readonly #answers = new Map<string, Promise<Credential | undefined>>()

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /**
   * Finds the login for a repository in one file: its helper's, else its own; undefined when it has none or there is no
   * such file. Throws `CREDENTIALS_UNREADABLE`.
   */
  async find(path: string, repository: Repository, dialect: Dialect): Promise<Credential | undefined> {
    const config = await this.read(path)
    if (config === undefined) return undefined
    const name = helperFor(config, repository, dialect)
    const answer =
      name === '' ? undefined : await this.#ask({ name, origin: config.origin }, repository.registry)
    return answer ?? entryFor(config, repository, dialect)
  }

  /** Reads and parses a file; undefined where there is none. Throws `CREDENTIALS_UNREADABLE`. */
  read(path: string): Promise<DockerConfig | undefined> {
    return remembered(this.#files, path, () => this.#read(path))
  }

  /** Starts to read several files at once. What goes wrong is thrown by {@link find}, if it gets that far. */
  readAhead(paths: readonly string[]): void {
    for (const path of paths) this.read(path).catch(ignore)
  }

  async #read(path: string): Promise<DockerConfig | undefined> {
    const origin = printable(path)
    const text = await this.#machine.readFile(path).catch((error: unknown) => {
      const reason = reasonOf(error)
      if (reason === 'ENOENT' || reason === 'ENOTDIR') return undefined
      throw unreadable(
        `the logins in ${origin} cannot be read: ${reason}`,
        'Make it a file that the user who runs this job can read, or remove it.'
      )
    })
    return text === undefined ? undefined : parseDockerConfig(text, origin)
  }

  #ask(helper: Helper, registry: Registry): Promise<Credential | undefined> {
    const server = serverOf(registry)
    return remembered(this.#answers, `${helper.name} ${server}`, () =>
      askHelper(helper, server, this.#machine.run)
    )
  }
}

/** Returns the code of Node's error; its message may reveal more about the machine than necessary. */
function reasonOf(error: unknown): string {
  if (error instanceof NotALoginFile) return error.message
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
}

function remembered<T>(memory: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const found = memory.get(key) ?? find()
  memory.set(key, found)
  return found
}

function ignore(): void {
  // Thrown when the file's turn comes.
}
