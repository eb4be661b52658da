/** Quirks of registries: hooks that answer instead of the plain registry, or change its answers. */
import { mediaTypes, schema1 } from './images.ts'
import { type Answer, type Exchange, errorAnswer } from './registry-exchange.ts'
import { findManifest } from './registry-store.ts'

/** How a registry differs from a plain one. Create profiles with state once per server. */
export interface Profile {
  readonly name: string
  /** Answers instead of the registry, which it may call, also with another request; undefined lets the registry answer. */
  before?(
    exchange: Exchange,
    plain: (exchange: Exchange) => Answer
  ): Answer | undefined | Promise<Answer | undefined>
  /** Changes an answer, including challenges and tokens. */
  after?(exchange: Exchange, answer: Answer): Answer | Promise<Answer>
}

/** Ignores `Accept`: serves every image as schema 1, with the digest of the signed payload. */
export const legacy28: Profile = {
  name: 'legacy28',
  after: (exchange, answer) => {
    if (!isServedByTag(exchange, answer)) return answer
    const { bytes, digest, mediaType } = schema1(nameAndTag(exchange))
    return { headers: { 'content-type': mediaType, 'docker-content-digest': digest }, body: bytes }
  }
}

/** A static host: schema 1 as `text/plain`, and no digest. */
export const textPlain: Profile = {
  name: 'textPlain',
  after: (exchange, answer) =>
    isServedByTag(exchange, answer)
      ? {
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          body: schema1(nameAndTag(exchange)).bytes
        }
      : answer
}

/** Serves an index's linux/amd64 child instead of the index, with the index's digest (distribution/distribution#2395). */
export const silentChild: Profile = {
  name: 'silentChild',
  after: (exchange, answer) => {
    const { resource, store } = exchange
    if (!isServedByTag(exchange, answer)) return answer
    const repository = store.get(resource?.repository ?? '')
    const served = findManifest(repository, resource?.name ?? '')
    const child = served && findManifest(repository, amd64ChildOf(served.bytes) ?? '')
    if (child === undefined) return answer
    return { headers: { ...answer.headers, 'content-type': child.mediaType }, body: child.bytes }
  }
}

/** Never sends `Docker-Content-Digest`. */
export const noDigestHeader: Profile = {
  name: 'noDigestHeader',
  after: (_exchange, answer) => without('docker-content-digest', answer)
}

/** Stores other bytes than were uploaded, and returns their digest. */
export const rewriting: Profile = {
  name: 'rewriting',
  before: (exchange, plain) =>
    isManifestUpload(exchange)
      ? plain({ ...exchange, body: Buffer.concat([exchange.body, Buffer.from('\n')]) })
      : undefined
}

/** Not a registry but a web server that answers everything with its start page. */
export const alwaysOk: Profile = {
  name: 'alwaysOk',
  before: () => ({
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>'
  })
}

/** Harbor 2.8 and 2.9: lists of referrers are plain JSON. */
export const harbor28: Profile = {
  name: 'harbor28',
  after: ({ resource }, answer) =>
    resource?.kind === 'referrers'
      ? { ...answer, headers: { ...answer.headers, 'content-type': 'application/json; charset=utf-8' } }
      : answer
}

/** GitLab: has no referrers API here, and reads the tag `sha256-<hex>` as the digest itself (oras-go#1396). */
export const tagIsDigest: Profile = {
  name: 'tagIsDigest',
  before: ({ resource, ...exchange }, plain) => {
    if (resource?.kind === 'referrers') return errorAnswer(404, 'NOT_FOUND', 'no such page')
    const [, hex] = /^sha256-([a-f0-9]{64})$/.exec(resource?.name ?? '') ?? []
    if (resource === undefined || hex === undefined || exchange.method === 'PUT') return undefined
    return plain({ ...exchange, resource: { ...resource, name: `sha256:${hex}` } })
  },
  after: (_exchange, answer) => without('oci-subject', answer)
}

/** Honours `If-Match` and `If-None-Match` on manifest writes. */
export const conditionalWrites: Profile = {
  name: 'conditionalWrites',
  before: exchange => {
    if (!isManifestUpload(exchange)) return undefined
    const { repository = '', name = '' } = exchange.resource ?? {}
    const now = findManifest(exchange.store.get(repository), name)?.digest
    const { 'if-match': wanted, 'if-none-match': unwanted } = exchange.headers
    const isUnmet = now === undefined ? wanted !== undefined : unwanted !== undefined || wanted !== `"${now}"`
    return isUnmet && !name.includes(':')
      ? errorAnswer(412, 'PRECONDITION', 'the tag has changed')
      : undefined
  }
}

/** Allows all reads and denies manifest writes, as GHCR does with a read-only token. */
export const denying: Profile = {
  name: 'denying',
  before: exchange =>
    isManifestUpload(exchange) ? errorAnswer(403, 'DENIED', 'permission_denied: write_package') : undefined
}

/** Removes a header from an answer. */
export function without(header: string, answer: Answer): Answer {
  const headers = Object.entries(answer.headers ?? {}).filter(([name]) => name !== header)
  return { ...answer, headers: Object.fromEntries(headers) }
}

function isServedByTag({ method, resource }: Exchange, { status = 200 }: Answer): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && status === 200 && resource?.kind === 'manifests' && !resource.name.includes(':')
}

/** Tells whether a request uploads a manifest. */
export function isManifestUpload({ method, resource }: Exchange): boolean {
  return method === 'PUT' && resource?.kind === 'manifests'
}

function nameAndTag({ resource }: Exchange): { name: string; tag: string } {
  return { name: resource?.repository ?? '', tag: resource?.name ?? '' }
}

function amd64ChildOf(index: Uint8Array): string | undefined {
  const { mediaType, manifests = [] } = JSON.parse(new TextDecoder().decode(index)) as {
    mediaType?: string
    manifests?: readonly { digest: string; platform?: { os: string; architecture: string } }[]
  }
  if (mediaType !== mediaTypes.dockerList && mediaType !== mediaTypes.ociIndex) return undefined
  const child = manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64'
  )
  return child?.digest
}
