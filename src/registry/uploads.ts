/**
 * Uploads a blob (distribution specification, *Pushing blobs*): POST opens an upload, one PUT sends everything. Where the
 * registry asks for it, PATCHes send it in chunks, and an empty PUT ends it. What breaks is begun again from the POST.
 */
import type { Descriptor } from '../oci/descriptor.ts'
import { PromotionError } from '../oci/errors.ts'
import type { BodySource, Request, Response, Send } from './http/message.ts'
import { Slicer } from './chunker.ts'
import { type UploadLocation, closingUrl, uploadLocation } from './upload-location.ts'

// Below the 100 MB that Cloudflare takes at once, above the 5 MiB that it and Cloudsmith want at least.
const CHUNK_BYTES = 32 * 1024 * 1024

// A registry that asks for less would have a blob sent in millions of requests: it gets the blob at once.
const LEAST_CHUNK_BYTES = 1024 * 1024

/** An upload that has been opened. */
export interface Upload extends UploadLocation {
  /** How large a chunk may be, in bytes; absent where the registry asks for none. */
  readonly chunk?: number
}

/** What is uploaded. */
export interface UploadContent {
  readonly blob: Descriptor
  readonly source: BodySource
  /** Whether to send it in chunks though the registry has not asked for it. */
  readonly chunked: boolean
}

/** Reads the upload that an answer to POST opened. */
export function openedUpload(request: Request, response: Response): Upload {
  const { 'oci-chunk-min-length': minimum, 'oci-chunk-max-length': maximum } = response.headers
  const largest = positive(maximum) ?? Infinity
  const asksForChunks = (minimum ?? maximum) !== undefined && largest >= LEAST_CHUNK_BYTES
  const chunk = Math.min(Math.max(positive(minimum) ?? 0, CHUNK_BYTES), largest)
  return { ...uploadLocation(request, response), ...(asksForChunks && { chunk }) }
}

/** Sends a blob to an open upload. The response is the last of the exchange: it says whether the blob was taken. */
export function upload(send: Send, to: Upload, content: UploadContent): Promise<Response> {
  const chunk = to.chunk ?? (content.chunked ? CHUNK_BYTES : Infinity)
  return content.blob.size > chunk
    ? uploadInChunks(send, { ...to, chunk }, content)
    : send(uploadRequest('PUT', { ...to, url: closingUrl(to, content.blob.digest) }, content.source))
}

async function uploadInChunks(
  send: Send,
  to: Upload & { chunk: number },
  content: UploadContent
): Promise<Response> {
  const { blob, source } = content
  const slicer = new Slicer(source.open())
  try {
    let at: UploadLocation = to
    for (let start = 0; start < blob.size; start += to.chunk) {
      const length = Math.min(to.chunk, blob.size - start)
      const request = uploadRequest('PATCH', at, { length, open: once(() => slicer.take(length)) })
      const range = `${start.toString()}-${(start + length - 1).toString()}`
      const response = await send({ ...request, headers: { ...request.headers, 'content-range': range } })
      if (!isTaken(response)) return response
      if (response.headers.location !== undefined) at = uploadLocation(request, response)
    }
    return await send(uploadRequest('PUT', { ...at, url: closingUrl(at, blob.digest) }, new Uint8Array()))
  } finally {
    await slicer.close()
  }
}

/** Tells whether a registry took what was sent: 201 by the specification, others by habit (204; ECR's 201 to PATCH). */
export function isTaken({ status }: Response): boolean {
  return status >= 200 && status <= 204
}

function uploadRequest(
  method: 'PUT' | 'PATCH',
  { url, access, namedBy }: UploadLocation,
  body: Request['body']
): Request {
  const headers = { 'content-type': 'application/octet-stream' }
  return {
    method,
    url,
    headers,
    limit: 0,
    ...(body && { body }),
    ...(access && { access }),
    ...(namedBy && { namedBy })
  }
}

/** A chunk cannot be read twice: to repeat its request, the upload has to start again. */
function once(open: () => AsyncIterable<Uint8Array>): BodySource['open'] {
  let isOpened = false
  return () => {
    if (isOpened) throw new PromotionError('REGISTRY_UNAVAILABLE', 'the upload of a chunk was interrupted')
    isOpened = true
    return open()
  }
}

function positive(header: string | undefined): number | undefined {
  const value = Number(header)
  return Number.isSafeInteger(value) && value > 0 ? value : undefined
}
