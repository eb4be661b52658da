/**
 * Blobs: whether a repository has one, and how to get it there (distribution specification, *Pulling* and *Pushing blobs*).
 *
 *     answer to a mount                   then
 *     201                                 the blob is there; one by sha512 is asked for (Quirk: distribution links none)
 *     202, an upload instead of a mount   unless the repository has it, it is sent to that upload
 *     400, 401, 403, 405                  unless the repository has it, it is sent to a new upload; no other mount is tried
 *     anything else                       unless the repository has it, it is sent to a new upload
 */
import type { Descriptor } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import { PromotionError, isUnavailable } from '../oci/errors.ts'
import type { Placed, Placement } from '../oci/placement.ts'
import { printable } from '../oci/printable.ts'
import { type Repository, canMount, formatRepository } from '../oci/reference.ts'
import { BlobSource } from './blob-source.ts'
import { type Upload, type UploadContent, isTaken, openedUpload, upload } from './uploads.ts'
import type { Endpoint } from './endpoint.ts'
import type { Request, Response, Send } from './http/message.ts'
import { responseError } from './errors.ts'

/** How often the upload of a blob is begun. */
const UPLOAD_ATTEMPTS = 4

// Statuses after which another upload may succeed: the session, the token or the connection is gone.
const passing: readonly number[] = [401, 404, 408, 413, 416, 500, 502, 503, 504]
// Statuses that refuse every mount, whatever the blob.
const general: readonly number[] = [400, 401, 403, 405]

/** How an upload failed. */
interface Failure {
  readonly error: unknown
  /** Whether another attempt may succeed. */
  readonly isPassing: boolean
  /** Whether the body was too large for one request. */
  readonly wantsChunks: boolean
  /** Whether there was no answer, so that the upload may be done all the same. */
  readonly isLost: boolean
}

/** What the client of blobs needs. */
export interface BlobSettings {
  readonly endpoint: Endpoint
  /** Waits a while before the attempt that comes after so many failures. */
  readonly pause: (failures: number) => Promise<void>
}

/** A client of the blobs of any number of registries. Every method throws `PromotionError`. */
export class BlobClient {
  readonly #send: Send
  readonly #endpoint: Endpoint
  readonly #pause: BlobSettings['pause']
  readonly #unmountable = new Set<string>()

  constructor(send: Send, { endpoint, pause }: BlobSettings) {
    this.#send = send
    this.#endpoint = endpoint
    this.#pause = pause
  }

  /** Asks whether a repository has a blob. Quirk: Artifactory answers 403 for absent ones; uploading tells which it is. */
  async hasBlob(repository: Repository, digest: Digest): Promise<boolean> {
    const { status } = await this.#send(this.#endpoint.request('HEAD', repository, `blobs/${digest}`))
    return status === 200
  }

  /**
   * Mounts a blob where that is possible; else copies it, unless it is there. `onBytes` gets the bytes sent, and a negative count for those
   * that are sent again.
   */
  async placeBlob(placement: Placement, onBytes: (count: number) => void): Promise<Placed> {
    const linked = await this.#link(placement)
    if (typeof linked === 'string') return linked
    let opened = linked
    const source = this.#sourceOf(placement, onBytes)
    let chunked = false
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#transfer(placement, opened, { blob: placement.blob, source, chunked })
      if (failure === undefined) return 'copied'
      // An error of the download is final: it has been resumed as often as allowed.
      if (!failure.isPassing || failure.error === source.failure || attempt === UPLOAD_ATTEMPTS)
        throw failure.error
      chunked ||= failure.wantsChunks
      opened = undefined
      await this.#pause(attempt)
      // The upload may be done: what is large is not sent again before that is known.
      if (await this.#hasArrived(placement, source, failure)) return 'copied'
    }
  }

  /** Sends a blob to an upload that is open, or to a new one. Tells how that failed; undefined when it did not. */
  async #transfer(
    placement: Placement,
    opened: Upload | undefined,
    content: UploadContent & { readonly source: BlobSource }
  ): Promise<Failure | undefined> {
    // What could be mounted is in a registry that may refuse the upload as it refused the mount.
    if (!canMount(placement)) content.source.prepare()
    try {
      return await this.#attempt(placement, async () =>
        upload(this.#send, opened ?? (await this.#open(placement.to)), content)
      )
    } finally {
      content.source.release()
    }
  }

  /** Tells how an upload failed; undefined when it did not. */
  async #attempt({ to, blob }: Placement, work: () => Promise<Response>): Promise<Failure | undefined> {
    try {
      const response = await work()
      if (isTaken(response)) {
        if (isNamed(response, blob) || (await this.#isKept(response, to, blob))) return undefined
        throw mismatch(response, blob)
      }
      const request = { ...this.#endpoint.request('PUT', to, ''), url: response.url }
      return {
        error: responseError(request, response),
        isPassing: passing.includes(response.status),
        wantsChunks: response.status === 413,
        isLost: false
      }
    } catch (error) {
      // Its connection is gone, or that of the download: the upload has no answer.
      if (!isUnavailable(error)) throw error
      return { error, isPassing: true, wantsChunks: false, isLost: true }
    }
  }

  /** Tells whether a blob is there that an answer names by another algorithm. Quirk: distribution names those by sha512 by sha256. */
  async #isKept({ headers }: Response, to: Repository, { digest }: Descriptor): Promise<boolean> {
    const [named = '', wanted] = [headers['docker-content-digest'], digest].map(text => text?.split(':')[0])
    return named !== wanted && (await this.hasBlob(to, digest))
  }

  /** Tells whether a blob has arrived although the answer was lost; false also where that cannot be told. */
  async #hasArrived({ to, blob }: Placement, source: BlobSource, failure: Failure): Promise<boolean> {
    if (!failure.isLost || !source.isRead) return false
    try {
      return await this.hasBlob(to, blob.digest)
    } catch (error) {
      if (isUnavailable(error)) return false
      throw error
    }
  }

  /** Mounts a blob within a registry, or finds that it is there; else gives the upload that the registry may have opened instead. */
  async #link(placement: Placement): Promise<'mounted' | 'present' | Upload | undefined> {
    if (!canMount(placement)) return undefined
    const mounted = await this.#mount(placement)
    if (mounted === 'mounted') return (await this.#isMounted(placement)) ? mounted : undefined
    const { to, blob, isMissing = false } = placement
    return !isMissing && (await this.hasBlob(to, blob.digest)) ? 'present' : mounted
  }

  /** Tries a mount; if the registry opens an upload instead, that is used; any other answer is ignored. */
  async #mount(placement: Placement): Promise<'mounted' | Upload | undefined> {
    const { from, to, blob } = placement
    const pair = `${formatRepository(from)} ${formatRepository(to)}`
    if (this.#unmountable.has(pair)) return undefined
    const plain = this.#endpoint.request('POST', to, `blobs/uploads/?mount=${blob.digest}&from=${from.name}`)
    const request = { ...plain, body: new Uint8Array(), access: { ...plain.access, from } }
    try {
      const response = await this.#send(request)
      if (response.status === 201 && isNamed(response, blob)) return 'mounted'
      if (response.status === 202) return openedUpload(request, response)
      if (general.includes(response.status)) this.#unmountable.add(pair)
    } catch (error) {
      if (!(error instanceof PromotionError)) throw error
      // No token for both repositories, as a rule. A broken connection says nothing about the next mount.
      if (!isUnavailable(error)) this.#unmountable.add(pair)
    }
    return undefined
  }

  async #isMounted({ to, blob: { digest } }: Placement): Promise<boolean> {
    return !digest.startsWith('sha512:') || (await this.hasBlob(to, digest))
  }

  async #open(repository: Repository): Promise<Upload> {
    const request = {
      ...this.#endpoint.request('POST', repository, 'blobs/uploads/'),
      body: new Uint8Array()
    }
    const response = await this.#send(request)
    if (response.status !== 202) throw responseError(request, response)
    return openedUpload(request, response)
  }

  #sourceOf({ from, blob }: Placement, onBytes: (count: number) => void): BlobSource {
    const fetch = (start: number): Promise<Response> => this.#fetch(from, blob, start)
    return new BlobSource({ blob, fetch, pause: this.#pause }, onBytes)
  }

  async #fetch(repository: Repository, { digest, size }: Descriptor, start: number): Promise<Response> {
    const request: Request = {
      ...this.#endpoint.request('GET', repository, `blobs/${digest}`),
      headers: start === 0 ? {} : { range: `bytes=${start.toString()}-` },
      limit: size - start,
      streamed: true
    }
    const response = await this.#send(request)
    if (response.stream === undefined) throw responseError(request, response)
    return response
  }
}

function isNamed({ headers }: Response, { digest }: Descriptor): boolean {
  return (headers['docker-content-digest'] ?? digest) === digest
}

function mismatch(response: Response, { digest }: Descriptor): PromotionError {
  const named = printable(response.headers['docker-content-digest'] ?? '')
  return new PromotionError('DIGEST_MISMATCH', `uploaded the blob ${digest}, the registry has ${named}`, {
    advice: 'Nothing was tagged. The target registry, or something before it, changes what is uploaded.'
  })
}
