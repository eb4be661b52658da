/**
 * Downloads a blob as a stream. Its size and digest are checked while it flows: the reader gets the last byte only when
 * both are right. A download that breaks resumes with Range; where the registry does not support that, it restarts and the bytes
 * already read are discarded.
 */
import type { Descriptor } from '../oci/descriptor.ts'
import { type Hasher, hasherLike } from '../oci/digester.ts'
import { PromotionError, isUnavailable } from '../oci/errors.ts'
import type { BodyStream, Response } from './http/message.ts'

/** How often a download may break. */
export const MAXIMUM_BREAKS = 4

/** Where a blob is downloaded from. */
export interface BlobOrigin {
  readonly blob: Descriptor
  /** Asks for the blob from a byte on; throws for any status but 200 and 206. */
  readonly fetch: (start: number) => Promise<Response>
  /** Waits a while before the attempt that comes after so many breaks. */
  readonly pause: (breaks: number) => Promise<void>
}

/** Downloads a blob. Throws `DIGEST_MISMATCH` where it is not what its descriptor says, and what the connection throws. */
export async function* downloadBlob(origin: BlobOrigin): AsyncGenerator<Uint8Array> {
  const check = new Check(origin.blob)
  let last: Uint8Array | undefined
  for (let breaks = 0; !check.isComplete(); breaks++) {
    const stream = await remainder(origin, check.received)
    try {
      for await (const chunk of stream) {
        check.add(chunk)
        // The last piece waits until it is certain that nothing follows it.
        if (check.isComplete()) last = chunk
        else yield chunk
      }
      check.end()
    } catch (error) {
      if (!isUnavailable(error) || breaks === MAXIMUM_BREAKS) throw error
      if (!check.isComplete()) await origin.pause(breaks + 1)
    }
  }
  if (last !== undefined) yield last
}

/** Asks for a blob from a byte on. */
async function remainder({ fetch }: BlobOrigin, start: number): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(start)
  if (response.status === 206 && isRangeFrom(response, start)) return skip(response.stream, 0)
  if (response.status === 200) return skip(response.stream, start)
  response.stream?.cancel()
  return skip((await fetch(0)).stream, start)
}

async function* skip(stream: BodyStream | undefined, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of stream ?? []) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

function isRangeFrom({ headers }: Response, start: number): boolean {
  return new RegExp(`^bytes ${start.toString()}-`).test(headers['content-range'] ?? '')
}

/** Checks what is received against a descriptor. */
class Check {
  received = 0
  #isComplete = false
  readonly #blob: Descriptor
  readonly #hasher: Hasher

  constructor(blob: Descriptor) {
    this.#blob = blob
    this.#hasher = hasherLike(blob.digest)
  }

  /** Whether all has been received, and is right. */
  isComplete(): boolean {
    return this.#isComplete
  }

  add(chunk: Uint8Array): void {
    this.received += chunk.length
    if (this.received > this.#blob.size)
      throw this.#mismatch(`is larger than the ${this.#size} it should have`)
    this.#hasher.update(chunk)
    if (this.received === this.#blob.size) this.#complete()
  }

  /** Notes that nothing follows. */
  end(): void {
    if (this.received < this.#blob.size)
      throw this.#mismatch(`ended after ${this.received.toString()} of ${this.#size}`)
    if (!this.#isComplete) this.#complete()
  }

  #complete(): void {
    const digest = this.#hasher.digest()
    if (digest !== this.#blob.digest) throw this.#mismatch(`arrived as ${digest}`)
    this.#isComplete = true
  }

  get #size(): string {
    return `${this.#blob.size.toString()} bytes`
  }

  #mismatch(what: string): PromotionError {
    return new PromotionError('DIGEST_MISMATCH', `the blob ${this.#blob.digest} ${what}`, {
      advice:
        'Nothing was tagged. The source registry, or something before it, serves other content than was pushed.'
    })
  }
}
