/**
 * What Docker trusts on this machine and Node does not: the system's certificate authorities, and for a single host those in
 * `/etc/docker/certs.d/HOST`, with a client certificate (docs.docker.com, *Verify repository client with certificates*):
 *
 *     NAME.crt               certificate authorities
 *     NAME.cert, NAME.key    a client certificate and its key; the first pair is used
 *
 * Read only after a handshake has failed. Verification is never turned off.
 */
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { PromotionError } from '../../oci/errors.ts'
import { isObject } from '../../oci/json.ts'
import { printable } from '../../oci/printable.ts'

/** Where a machine has certificates. */
export interface CertificatePlaces {
  /** Docker's directory: it has one for each host. */
  readonly docker: string
  /** PEM files of the system's authorities, for versions of Node that cannot list them; the first readable one counts. */
  readonly bundles: readonly string[]
  /** The PEM file that Node trusts in addition to its built-in authorities. */
  readonly extra: string | undefined
}

/** Reads what the connections to an origin trust. Throws `REGISTRY_UNAVAILABLE` where a file of Docker's cannot be used. */
export type TrustFor = (origin: URL) => Promise<tls.SecureContext>

// Where Go, and so Docker, looks (crypto/x509, root_linux.go).
const BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem'
]

/** The largest file that is read, in bytes: a system's authorities take about 250 kB. */
const MAXIMUM_BYTES = 4 * 1024 * 1024

/** Returns the places of a machine. */
export function certificatePlaces(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform
): CertificatePlaces {
  const { ProgramData = 'C:\\ProgramData', SSL_CERT_FILE: bundle, NODE_EXTRA_CA_CERTS: extra } = env
  return {
    docker: platform === 'win32' ? join(ProgramData, 'docker', 'certs.d') : '/etc/docker/certs.d',
    bundles: bundle ? [bundle] : BUNDLES,
    extra: extra === '' ? undefined : extra
  }
}

/** Creates a function that reads what to trust from these places. */
export function trustIn(places: CertificatePlaces): TrustFor {
  return async origin => {
    const [system, extra, { authorities, client }] = await Promise.all([
      systemAuthorities(places),
      firstReadable(places.extra === undefined ? [] : [places.extra]),
      dockerCertificates(places.docker, origin)
    ])
    const context = { ca: [...tls.rootCertificates, ...extra, ...system, ...authorities] }
    if (client === undefined) return tls.createSecureContext(context)
    try {
      return tls.createSecureContext({ ...context, cert: client.cert, key: client.key })
    } catch (error) {
      throw unusable(client.path, codeOf(error))
    }
  }
}

async function systemAuthorities({ bundles }: CertificatePlaces): Promise<readonly string[]> {
  // Since Node 22.15.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] }
  const known = getCACertificates?.('system') ?? []
  return known.length > 0 ? known : firstReadable(bundles)
}

async function firstReadable(paths: readonly string[]): Promise<readonly string[]> {
  for (const path of paths) {
    try {
      return [await readStart(path)]
    } catch {
      // Other systems have others.
    }
  }
  return []
}

interface DockerCertificates {
  readonly authorities: readonly string[]
  readonly client?: { readonly path: string; readonly cert: string; readonly key: string }
}

async function dockerCertificates(directory: string, { host }: URL): Promise<DockerCertificates> {
  // Windows allows no colon in names.
  const name = process.platform === 'win32' ? host.replaceAll(':', '') : host
  // A host may consist of dots.
  if (name.startsWith('.')) return { authorities: [] }
  const folder = join(directory, name)
  const names = (await namesIn(folder)).sort()
  const read = (name: string): Promise<string> => readOwn(join(folder, name))
  const authorities = await Promise.all(names.filter(name => name.endsWith('.crt')).map(read))
  const client = names.find(each => each.endsWith('.cert'))
  if (client === undefined) return { authorities }
  const [cert, key] = [await read(client), await read(client.replace(/cert$/, 'key'))]
  return { authorities, client: { path: join(folder, client), cert, key } }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw unusable(folder, code)
  }
}

async function readOwn(path: string): Promise<string> {
  try {
    return await readStart(path)
  } catch (error) {
    throw unusable(path, codeOf(error))
  }
}

async function readStart(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAXIMUM_BYTES), 0, MAXIMUM_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

function codeOf(error: unknown): string {
  return isObject(error) && typeof error.code === 'string' ? error.code : String(error)
}

function unusable(path: string, why: string): PromotionError {
  return new PromotionError(
    'REGISTRY_UNAVAILABLE',
    `its TLS certificate is not trusted, and ${printable(path)}, which Docker would use, cannot be used (${printable(why)})`,
    { advice: 'Make it a PEM file that the user who runs this job can read, or remove it.' }
  )
}
