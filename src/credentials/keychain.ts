/** The sources of credentials, in order. */
import { join } from 'node:path'
import {
  type Action,
  type Credential,
  type Keychain,
  type Login,
  type RegistryHeaders,
  anonymous
} from '../oci/credential.ts'
import type { Repository } from '../oci/reference.ts'
import { type Dialect, entryFor, parseDockerConfig } from './docker-config.ts'
import { githubRegistry } from './github-registry.ts'
import { headersIn } from './http-headers.ts'
import { LoginFiles } from './login-files.ts'
import { type Machine, buildxDirectory, dockerDirectory, podmanPaths } from './machine.ts'
import { scopedConfigPaths } from './scoped-config.ts'

/** The credentials that a run is given by its inputs. */
export interface Given {
  readonly login: Login | undefined
  /** The job's token; empty where there is none. */
  readonly githubToken: string
}

type Found = Credential | undefined
type Source = (repository: Repository, actions: readonly Action[]) => Found | Promise<Found>

// GHCR accepts any user name with the token.
const GITHUB_TOKEN_USER = 'x-access-token'

/**
 * Creates the keychain of a run: the first source that has a credential for a repository wins. Nothing is read before the first
 * call.
 */
export function keychain(given: Given, machine: Machine, files = new LoginFiles(machine)): Keychain {
  const inFiles = (paths: readonly string[], repository: Repository, dialect: Dialect): Promise<Found> => {
    files.readAhead(paths)
    return firstOf(paths, path => files.find(path, repository, dialect))
  }
  const sources: readonly Source[] = [
    repository => inputLogin(given.login, repository),
    repository => environmentLogin(machine.env.DOCKER_AUTH_CONFIG, repository),
    (repository, actions) => inFiles(scopedPaths(machine, repository, actions), repository, 'docker'),
    repository => inFiles([join(dockerDirectory(machine), 'config.json')], repository, 'docker'),
    repository => inFiles(podmanPaths(machine), repository, 'podman'),
    repository => githubLogin(given.githubToken, repository, machine)
  ]
  return async (repository, actions) =>
    (await firstOf(sources, source => source(repository, actions))) ?? anonymous
}

/**
 * Creates a function that finds the headers in Docker's config.json. An unreadable file gives none: the keychain reports it if a
 * login is needed.
 */
export function registryHeaders(machine: Machine, files: LoginFiles): RegistryHeaders {
  return async repository => {
    const config = await files.read(join(dockerDirectory(machine), 'config.json')).catch(() => undefined)
    return config ? headersIn(config, repository) : {}
  }
}

function inputLogin(login: Login | undefined, { registry }: Repository): Found {
  if (login?.registry !== registry) return undefined
  const { username, password } = login
  return { kind: 'basic', username, password, origin: 'the inputs username and password' }
}

/** Finds a login in the variable. As in Docker, nothing else in it counts: helpers named there belong to another machine. */
function environmentLogin(text: string | undefined, repository: Repository): Found {
  if (!text) return undefined
  return entryFor(parseDockerConfig(text, 'DOCKER_AUTH_CONFIG'), repository, 'docker')
}

function scopedPaths(machine: Machine, repository: Repository, actions: readonly Action[]): string[] {
  const isDisabled = /^(?:1|t|true)$/i.test(machine.env.DOCKER_LOGIN_SCOPE_DISABLED ?? '')
  return isDisabled ? [] : scopedConfigPaths(buildxDirectory(machine), repository, actions)
}

/** Creates a login from the job's token, for the registry of the GitHub that runs the job. */
function githubLogin(token: string, { registry }: Repository, { env }: Machine): Found {
  if (token === '' || registry !== githubRegistry(env)) return undefined
  return {
    kind: 'basic',
    username: GITHUB_TOKEN_USER,
    password: token,
    origin: 'the input github-token'
  }
}

async function firstOf<T>(items: readonly T[], find: (item: T) => Found | Promise<Found>): Promise<Found> {
  for (const item of items) {
    const found = await find(item)
    if (found !== undefined) return found
  }
  return undefined
}
