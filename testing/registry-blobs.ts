/** Blobs in the in-process registry: downloads, mounts, and uploads in one or several requests. */
import { randomUUID } from 'node:crypto'
import { type Answer, type Exchange, type Resource, errorAnswer } from './registry-exchange.ts'
import { digestLike, openRepository } from './registry-store.ts'

/** The open uploads: the bytes so far, by path. */
export type Uploads = Map<string, Uint8Array>

/** Answers a request for a blob: GET or HEAD, of all or a range. */
export function answerBlob(exchange: Exchange, { repository, name }: Resource): Answer {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return unsupported
  const bytes = exchange.store.get(repository)?.blobs.get(name)
  if (bytes === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': name,
    'accept-ranges': 'bytes'
  }
  const { range } = exchange.headers
  return range === undefined ? { headers, body: bytes } : answerRange(bytes, range, headers)
}

/** Answers an upload request: POST starts an upload or mounts, PATCH and PUT append, PUT finishes. */
export function answerUpload(exchange: Exchange, resource: Resource, uploads: Uploads): Answer {
  if (exchange.method === 'POST') return mount(exchange, resource) ?? open(exchange, resource, uploads)
  const { pathname } = exchange.url
  const received = uploads.get(pathname)
  if (received === undefined)
    return errorAnswer(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry')
  const bytes = Buffer.concat([received, exchange.body])
  switch (exchange.method) {
    case 'GET':
      return progress(204, exchange.url, received)
    case 'PATCH':
      if (!continues(exchange, received)) return errorAnswer(416, 'RANGE_INVALID', 'invalid content range')
      uploads.set(pathname, bytes)
      return progress(202, exchange.url, bytes)
    case 'PUT':
      uploads.delete(pathname)
      return finish(exchange, resource, bytes)
    case 'DELETE':
      uploads.delete(pathname)
      return { status: 204 }
    default:
      return unsupported
  }
}

/** The answer to unsupported requests. */
export const unsupported = errorAnswer(405, 'UNSUPPORTED', 'The operation is unsupported.')

function answerRange(bytes: Uint8Array, range: string, headers: Record<string, string>): Answer {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? []
  const start = Number(first)
  const end = Math.min(last === undefined || last === '' ? Infinity : Number(last), bytes.length - 1)
  if (first === undefined || start > end) {
    const refusal = errorAnswer(416, 'RANGE_INVALID', 'invalid range')
    return { ...refusal, headers: { 'content-range': `bytes */${bytes.length.toString()}` } }
  }
  const contentRange = `bytes ${start.toString()}-${end.toString()}/${bytes.length.toString()}`
  const body = bytes.subarray(start, end + 1)
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body }
}

function mount({ url, store }: Exchange, { repository }: Resource): Answer | undefined {
  const digest = url.searchParams.get('mount')
  const from = url.searchParams.get('from')
  if (digest === null || from === null) return undefined
  const bytes = store.get(from)?.blobs.get(digest)
  if (bytes === undefined) return undefined
  openRepository(store, repository).blobs.set(digest, bytes)
  return created(url, repository, digest)
}

function open({ url }: Exchange, { repository }: Resource, uploads: Uploads): Answer {
  const session = new URL(`/v2/${repository}/blobs/uploads/${randomUUID()}`, url)
  uploads.set(session.pathname, new Uint8Array())
  // Clients must keep the query, as with distribution and Azure.
  session.searchParams.set('_state', randomUUID())
  return progress(202, session, new Uint8Array())
}

function finish({ url, store }: Exchange, { repository }: Resource, bytes: Uint8Array): Answer {
  const digest = url.searchParams.get('digest') ?? ''
  if (digestLike(bytes, digest) !== digest)
    return errorAnswer(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content')
  openRepository(store, repository).blobs.set(digest, bytes)
  return created(url, repository, digest)
}

function created({ origin }: URL, repository: string, digest: string): Answer {
  const location = `${origin}/v2/${repository}/blobs/${digest}`
  return { status: 201, headers: { location, 'docker-content-digest': digest } }
}

function progress(status: number, { href }: URL, { length }: Uint8Array): Answer {
  return { status, headers: { location: href, range: `0-${Math.max(length - 1, 0).toString()}` } }
}

function continues({ headers }: Exchange, { length }: Uint8Array): boolean {
  const range = headers['content-range']
  return range === undefined || Number(range.split('-')[0]) === length
}
