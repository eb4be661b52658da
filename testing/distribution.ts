/** The real registry, distribution: configures, starts and stops it, and reads its log. */
import { hash } from 'bcryptjs'
import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTAINED_PORT, launch } from './distribution-process.ts'
import { findDistribution, imageOf } from './find-distribution.ts'
import type { GrowingText } from './growing-text.ts'

/** Who may access a registry. */
export type DistributionAuth =
  | { readonly kind: 'htpasswd'; readonly accounts: Readonly<Record<string, string>> }
  | {
      readonly kind: 'token'
      readonly realm: string
      readonly service: string
      readonly issuer: string
      /** The path of a PEM file. */
      readonly rootCertBundle: string
    }

/** How a registry differs from an empty, open and writable one. */
export interface DistributionOptions {
  readonly auth?: DistributionAuth
  /** Accepts schema-1 manifests. */
  readonly schema1?: boolean
  /** Where it stores content; by default in a folder that `close` removes. */
  readonly directory?: string
  readonly readOnly?: boolean
  readonly deleteEnabled?: boolean
}

/** A running registry. */
export interface Distribution {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** `http://127.0.0.1:PORT` */
  readonly base: string
  /** Its output so far. */
  logs(): string
  /** Lists the requests of one user agent so far, in the order they were answered, as `GET /v2/a/manifests/1 → 200`. */
  requestsBy(agent: string): Promise<string[]>
  close(): Promise<void>
}

/** Starts a registry on a free port of 127.0.0.1. Throws an error with its log when it ends before it listens. */
export async function startDistribution(options: DistributionOptions = {}): Promise<Distribution> {
  const command = process.env.RETAG_TEST_REGISTRY ?? (await findDistribution())
  const home = await mkdtemp(join(tmpdir(), 'retag-distribution-'))
  const storage = options.directory ?? join(home, 'storage')
  await mkdir(storage, { recursive: true })
  const config = await configure(options, { home, storage, isContained: imageOf(command) !== undefined })
  const registry = launch(command, { config, folders: [home, storage] })
  const close = async (): Promise<void> => {
    await registry.end()
    await rm(home, { recursive: true, force: true })
  }
  try {
    const host = await registry.listens()
    const logs = (): string => registry.log.text + registry.access.text
    return {
      host,
      base: `http://${host}`,
      logs,
      requestsBy: agent => requestsBy(agent, host, registry.access),
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface Folders {
  readonly home: string
  readonly storage: string
  readonly isContained: boolean
}

/** Writes the configuration and the files that it names to the home folder; returns the configuration's path. */
async function configure(
  options: DistributionOptions,
  { home, storage, isContained }: Folders
): Promise<string> {
  const config = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: options.deleteEnabled ?? false },
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: options.readOnly ?? false } }
    },
    http: {
      addr: isContained ? `:${CONTAINED_PORT.toString()}` : '127.0.0.1:0',
      secret: randomUUID(),
      http2: { disabled: true }
    },
    compatibility: { schema1: { enabled: options.schema1 ?? false } },
    ...(options.auth && { auth: await configureAuth(options.auth, home) })
  }
  const path = join(home, 'config.yml')
  // YAML contains JSON.
  await writeFile(path, JSON.stringify(config))
  return path
}

async function configureAuth(auth: DistributionAuth, home: string): Promise<object> {
  if (auth.kind === 'token') {
    const { realm, service, issuer } = auth
    const rootcertbundle = join(home, 'token-server.pem')
    await copyFile(auth.rootCertBundle, rootcertbundle)
    return { token: { realm, service, issuer, rootcertbundle } }
  }
  const path = join(home, 'htpasswd')
  const lines = Object.entries(auth.accounts).map(
    async ([name, password]) => `${name}:${await hash(password, 4)}\n`
  )
  await writeFile(path, (await Promise.all(lines)).join(''))
  return { htpasswd: { realm: 'Retag tests', path } }
}

/** Reads the access log up to a request of its own: earlier requests have been logged by then. */
async function requestsBy(agent: string, host: string, access: GrowingText): Promise<string[]> {
  const mark = `/?mark=${randomUUID()}`
  await fetch(`http://${host}${mark}`)
  await access.until(new RegExp(mark.replace('?', '\\?')))
  const lines = access.text.matchAll(/"(\w+) (\S+) HTTP\/[\d.]+" (\d{3}) .*"([^"]*)"$/gm)
  return [...lines]
    .filter(([, , path = '', , asker = '']) => path.startsWith('/v2/') && asker.startsWith(agent))
    .map(([, method = '', path = '', status = '']) => `${method} ${path} → ${status}`)
}
