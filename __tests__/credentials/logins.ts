/** Values that the tests of credentials share: repositories, entries of login files, a machine made of texts. */
import type { Action, Credential } from '../../src/oci/credential.ts'
import { type Repository, parseReference } from '../../src/oci/reference.ts'
import { type Given, keychain } from '../../src/credentials/keychain.ts'
import type { Machine } from '../../src/credentials/machine.ts'
import type { ProgramResult, Program } from '../../src/credentials/program.ts'

/** Reads a repository as it stands in a reference: `ghcr.io/acme/app`. */
export function repository(name: string): Repository {
  return parseReference(`${name}:tag`).repository
}

/** Makes an entry of a login file: a name and password as Docker writes them. */
export function entry(username: string, password = `${username}'s password`): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') }
}

/** What a machine is made of. */
export interface MachineParts {
  readonly env?: Machine['env']
  /** Texts by path; a value that is no text is written as JSON, an error is thrown when it is read. */
  readonly files?: Readonly<Record<string, unknown>>
  /** Answers in place of the programs that are run. */
  readonly answer?: (program: Program) => ProgramResult
  readonly isRoot?: boolean
}

/** A machine of which a test can tell what was done on it. */
export interface WatchedMachine extends Machine {
  /** Every path that was read, in order, whether there is a file or not. */
  readonly reads: readonly string[]
  readonly runs: readonly Program[]
}

/** Makes a machine with the home directory /home/ci. */
export function machine({ env = {}, files = {}, answer, isRoot = false }: MachineParts = {}): WatchedMachine {
  const reads: string[] = []
  const runs: Program[] = []
  return {
    env,
    home: '/home/ci',
    isRoot,
    reads,
    runs,
    readFile: path => {
      // Windows writes paths its own way.
      const plain = path.replaceAll('\\', '/')
      reads.push(plain)
      const file = files[plain]
      if (file instanceof Error) return Promise.reject(file)
      if (file === undefined) return Promise.reject(nodeError('ENOENT'))
      return Promise.resolve(typeof file === 'string' ? file : JSON.stringify(file))
    },
    run: program => {
      runs.push(program)
      return Promise.resolve(answer?.(program) ?? { kind: 'broken', reason: 'there is no such program' })
    }
  }
}

/** Makes an error as Node's file functions throw it. */
export function nodeError(code: string): Error {
  return Object.assign(new Error(`${code}: secret detail`), { code })
}

/** What a keychain is made of. */
export interface Asked extends MachineParts, Partial<Given> {}

/** A keychain, with what it does on its machine. */
export interface OpenedKeychain {
  /** Finds the credential for a repository; to pull and push, when nothing else is said. */
  readonly find: (name: string, actions?: readonly Action[]) => Promise<Credential>
  readonly watched: WatchedMachine
}

/** Makes a keychain, in a job of github.com unless `env` says otherwise. */
export function opened({ login, githubToken = '', ...parts }: Asked): OpenedKeychain {
  const env = { GITHUB_SERVER_URL: 'https://github.com', ...parts.env }
  const watched = machine({ ...parts, env })
  const find = keychain({ login, githubToken }, watched)
  return { find: (name, actions = ['pull', 'push']) => find(repository(name), actions), watched }
}

/** Names a credential by its user; one without a user by its kind. */
export function nameOf(credential: Credential): string {
  return credential.kind === 'basic' ? credential.username : credential.kind
}

/** Makes a login file with one entry; for ghcr.io, when nothing else is said. */
export function auths(username: string, key = 'ghcr.io'): object {
  return { auths: { [key]: entry(username) } }
}

/** What a helper prints that has a login. */
export function printed(username: string, secret = 'secret'): ProgramResult {
  return { kind: 'exited', code: 0, output: JSON.stringify({ Username: username, Secret: secret }) }
}
