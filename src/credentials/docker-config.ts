/**
 * The login files of Docker and Podman: their syntax, and which entry is for a repository.
 *
 *     key                             written by             fits
 *     https://index.docker.io/v1/     docker login           Docker Hub
 *     ghcr.io   host:5000             docker login           the registry
 *     https://host/v1/   host/v2/     old docker login       the registry
 *     quay.io/acme                    podman login           repositories below it; for Docker, the whole registry
 *
 * Hosts are compared exactly, with their ports. The most specific key is tried first; empty entries are ignored.
 */
import type { Credential } from '../oci/credential.ts'
import { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import type { Repository } from '../oci/reference.ts'
import { canonicalRegistry, serverOf } from '../oci/registry-host.ts'

/** A login file, parsed. Entries are checked when they are needed: a broken one does not affect other registries. */
export interface DockerConfig {
  /** Where it was found, for people to read. */
  readonly origin: string
  readonly auths: Entries
  /** Names of credential helpers, by registry. */
  readonly credHelpers: Entries
  /** The name of the credential helper for all other registries. */
  readonly credsStore: string
  /** Not parsed: checked when it is needed. */
  readonly httpHeaders: unknown
}

/** Whose rules for keys with a path apply. */
export type Dialect = 'docker' | 'podman'

type Entries = Readonly<Record<string, unknown>>

// How specific a key is, in ascending order; a path adds its length.
const OTHER_PATH = -1
const WHOLE_HOST = 0
const EXACT_KEY = 1

const KEY = /^(https?:\/\/)?([^/]+)\/*(.*?)\/*$/i
const API_PATH = /^(?:v[12])?$/
const BASE64 = /^[\w+/-]+={0,2}$/

/** Parses a login file; an empty one holds nothing. Throws `CREDENTIALS_UNREADABLE`, which never quotes the text. */
export function parseDockerConfig(text: string, origin: string): DockerConfig {
  const config = text.trim() === '' ? {} : parseJson(text, origin)
  const { auths, credHelpers, credsStore, HttpHeaders } = asObject(config, origin, 'it')
  return {
    origin,
    auths: asObject(auths ?? {}, origin, '"auths"'),
    credHelpers: asObject(credHelpers ?? {}, origin, '"credHelpers"'),
    credsStore: asText(credsStore, origin, '"credsStore"'),
    httpHeaders: HttpHeaders
  }
}

/** Tells whether a file has an entry for a registry, even an empty one: `docker login` leaves one beside a credential helper. */
export function namesRegistry({ auths, credHelpers }: DockerConfig, repository: Repository): boolean {
  return [auths, credHelpers].some(entries => fittingKeys(entries, repository, 'docker').length > 0)
}

/** Finds the name of the credential helper for a repository; empty if the file names none. */
export function helperFor(config: DockerConfig, repository: Repository, dialect: Dialect): string {
  const { origin, credHelpers, credsStore } = config
  const names = fittingKeys(credHelpers, repository, dialect).map(key =>
    asText(credHelpers[key], origin, `"credHelpers", "${printable(key)}"`)
  )
  return names.find(name => name !== '') ?? credsStore
}

/** Finds the login for a repository in the file itself. Throws `CREDENTIALS_UNREADABLE` for a broken entry. */
export function entryFor(
  config: DockerConfig,
  repository: Repository,
  dialect: Dialect
): Credential | undefined {
  for (const key of fittingKeys(config.auths, repository, dialect)) {
    const credential = readEntry(config.auths[key], config.origin, `"auths", "${printable(key)}"`)
    if (credential !== undefined) return credential
  }
  return undefined
}

/** Creates the error for a source of credentials that cannot be used. */
export function unreadable(what: string, advice: string): PromotionError {
  return new PromotionError('CREDENTIALS_UNREADABLE', what, { advice })
}

/** Lists the keys that fit a repository, the most specific first. */
function fittingKeys(entries: Entries, repository: Repository, dialect: Dialect): string[] {
  return Object.keys(entries)
    .map(key => ({ key, fit: fitOf(key, repository, dialect) }))
    .filter(({ fit }) => fit !== undefined)
    .sort((one, other) => (other.fit ?? 0) - (one.fit ?? 0))
    .map(({ key }) => key)
}

/** Returns how specific a key is to a repository; undefined if it does not fit. */
function fitOf(key: string, { registry, name }: Repository, dialect: Dialect): number | undefined {
  const [, scheme, host = '', path = ''] = KEY.exec(key) ?? []
  if (canonicalRegistry(host) !== registry) return undefined
  if (key === serverOf(registry)) return EXACT_KEY
  const isWholeHost = scheme !== undefined || API_PATH.test(path)
  if (isWholeHost) return WHOLE_HOST
  if (`${name}/`.startsWith(`${path}/`)) return EXACT_KEY + path.length
  return dialect === 'docker' ? OTHER_PATH : undefined
}

function readEntry(entry: unknown, origin: string, where: string): Credential | undefined {
  const fields = asObject(entry ?? {}, origin, where)
  const read = (name: string): string => asText(fields[name], origin, `${where}, "${name}"`)
  // Go's decoder ignores line breaks, which `base64` inserts into long texts.
  const auth = read('auth')
    .replace(/[\r\n]+/g, '')
    .trim()
  const [username, password] =
    auth === '' ? [read('username'), read('password')] : decodePair(auth, origin, where)
  const [bearer, identity] = [read('registrytoken'), read('identitytoken')]
  if (bearer !== '') return { kind: 'bearer', token: bearer, origin }
  if (identity !== '')
    return { kind: 'identity', token: identity, ...(username !== '' && { username }), origin }
  return username === '' ? undefined : { kind: 'basic', username, password, origin }
}

/** Decodes `auth`: base64, padded or not, of the name, a colon, and a password that may contain colons and end in NULs. */
function decodePair(auth: string, origin: string, where: string): [username: string, password: string] {
  const pair = BASE64.test(auth) ? Buffer.from(auth, 'base64').toString() : ''
  const colon = pair.indexOf(':')
  if (colon < 1) throw malformed(origin, `${where}, "auth" is not the base64 of NAME:PASSWORD`)
  return [pair.slice(0, colon), pair.slice(colon + 1).replace(/\0+$/, '')]
}

function parseJson(text: string, origin: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // JSON.parse's message quotes the text, which contains secrets.
    throw malformed(origin, 'it is not JSON')
  }
}

/** Returns a value that must be an object. Throws `CREDENTIALS_UNREADABLE`, which says where in the file it is. */
export function asObject(value: unknown, origin: string, where: string): Entries {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Entries
  throw malformed(origin, `${where} is not an object`)
}

/** Returns a value that must be a string; empty if it is absent. Throws `CREDENTIALS_UNREADABLE`, which says where in the file it is. */
export function asText(value: unknown, origin: string, where: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw malformed(origin, `${where} is not a text`)
}

/** Creates the error for a malformed login file. */
export function malformed(origin: string, why: string): PromotionError {
  return unreadable(
    `the logins in ${origin} cannot be read: ${why}`,
    'Log in again to recreate the file, or fix it. Retag will not try another login.'
  )
}
