/** Pushes images to a registry and pulls manifests from it over HTTP, without the action's own code. */
import { type Blob, type Image, digestOf, mediaTypes } from './images.ts'

/** A repository in a registry, and its credential. */
export interface Place {
  /** `http://127.0.0.1:PORT` */
  readonly base: string
  readonly repository: string
  /** The value of the `Authorization` header. */
  readonly authorization?: string
}

/** A manifest as a registry serves it. */
export interface Pulled {
  readonly bytes: Uint8Array
  /** The `Content-Type` header. */
  readonly mediaType: string
  /** The sha256 of the bytes. */
  readonly digest: string
}

/**
 * Pushes an image with everything that it references, then points each tag at it; without tags, pushes it by digest. Throws an error
 * with the registry's answer if the registry refuses.
 */
export async function push(to: Place, image: Image, tags: readonly string[]): Promise<void> {
  for (const blob of image.blobs) await pushBlob(to, blob)
  for (const child of image.children) await push(to, child, [])
  for (const reference of tags.length > 0 ? tags : [image.digest]) {
    await expect(201, to, {
      method: 'PUT',
      path: `manifests/${reference}`,
      headers: { 'content-type': image.mediaType },
      body: image.bytes
    })
  }
}

/** Pulls a manifest; undefined for 404. */
export async function pull(from: Place, reference: string): Promise<Pulled | undefined> {
  const { ociIndex, ociManifest, dockerList, dockerManifest } = mediaTypes
  const accept = [ociIndex, ociManifest, dockerList, dockerManifest].join(', ')
  const request = { method: 'GET', path: `manifests/${reference}`, headers: { accept } }
  const response = await send(from, request)
  if (response.status === 404) return undefined
  if (response.status !== 200) throw await refusal(request, response)
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { bytes, mediaType: response.headers.get('content-type') ?? '', digest: digestOf(bytes) }
}

/** Pushes one blob, in one request. Throws an error with the registry's answer if the registry refuses. */
export async function pushBlob(to: Place, { digest, bytes }: Pick<Blob, 'digest' | 'bytes'>): Promise<void> {
  const location = await openUpload(to)
  location.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await expect(201, to, { method: 'PUT', path: location.href, headers, body: bytes })
}

/** Starts a blob upload, and returns its URL. */
export async function openUpload(to: Place): Promise<URL> {
  const opened = await expect(202, to, { method: 'POST', path: 'blobs/uploads/' })
  return new URL(opened.headers.get('location') ?? '', opened.url)
}

interface Request {
  readonly method: string
  /** Below the repository, or a whole URL. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

async function expect(status: number, place: Place, request: Request): Promise<Response> {
  const response = await send(place, request)
  if (response.status !== status) throw await refusal(request, response)
  await response.arrayBuffer()
  return response
}

function send({ base, repository, authorization }: Place, request: Request): Promise<Response> {
  const { method, path, headers, body } = request
  return fetch(new URL(path, `${base}/v2/${repository}/`), {
    method,
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    ...(body && { body })
  })
}

async function refusal({ method, path }: Request, response: Response): Promise<Error> {
  return new Error(`${method} ${path} → ${response.status.toString()}: ${await response.text()}`)
}
