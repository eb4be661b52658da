/**
 * Credential helpers, `docker-credential-NAME` (github.com/docker/docker-credential-helpers): `get` reads the name of a
 * server and prints a login as JSON; without a login, it fails and prints a fixed sentence.
 */
import type { Credential } from '../oci/credential.ts'
import type { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import { unreadable } from './docker-config.ts'
import type { RunProgram } from './program.ts'

/** A helper, and where its name was found. */
export interface Helper {
  readonly name: string
  readonly origin: string
}

/** How long a helper may take, in milliseconds: some call a cloud service. */
const TIMEOUT = 30_000
/** How much a helper may print, in bytes: the longest logins, Google's keys, take 3 KiB. */
const LIMIT = 64 * 1024

const NAME = /^\w[\w.-]*$/
const NOT_FOUND = 'credentials not found in native keychain'
// Instead of a name: the secret is an identity token.
const TOKEN_USER = '<token>'

/** Asks a helper for the login to a server; undefined when it has none. Throws `CREDENTIALS_UNREADABLE`. */
export async function askHelper(
  helper: Helper,
  server: string,
  run: RunProgram
): Promise<Credential | undefined> {
  // A path could name any program.
  if (!NAME.test(helper.name)) throw broken(helper, server, 'this is not a valid name of a helper')
  const file = `docker-credential-${helper.name}`
  const result = await run({ file, args: ['get'], input: server, timeout: TIMEOUT, limit: LIMIT })
  if (result.kind === 'broken') throw broken(helper, server, result.reason)
  if (result.code === 0) return readLogin(result.output, helper, server)
  if (result.output.includes(NOT_FOUND)) return undefined
  throw broken(helper, server, `it failed with exit code ${result.code.toString()}`)
}

function readLogin(output: string, helper: Helper, server: string): Credential | undefined {
  const { Username: username, Secret: secret } = parse(output)
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw broken(helper, server, 'its output is not a login')
  if (username === '' && secret === '') return undefined
  const origin = `docker-credential-${helper.name}, named in ${helper.origin}`
  return username === TOKEN_USER
    ? { kind: 'identity', token: secret, origin }
    : { kind: 'basic', username, password: secret, origin }
}

function parse(output: string): Record<string, unknown> {
  try {
    const login: unknown = JSON.parse(output)
    return typeof login === 'object' && login !== null ? (login as Record<string, unknown>) : {}
  } catch {
    // JSON.parse's message quotes the output, which contains secrets.
    return {}
  }
}

function broken({ name, origin }: Helper, server: string, why: string): PromotionError {
  const program = `docker-credential-${printable(name)}`
  return unreadable(
    `the credential helper ${program}, named in ${origin}, gives no login for ${server}: ${why}`,
    `Try it on the runner: echo ${server} | ${program} get. If this job needs no login from it, remove the helper from the file.`
  )
}
