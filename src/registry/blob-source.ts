/** A blob in a registry, as the body of an upload to another repository. */
import { type BlobOrigin, downloadBlob } from './downloads.ts'
import type { BodySource, Response } from './http/message.ts'

/** Reads a blob from its registry, from the beginning each time that it is opened. */
export class BlobSource implements BodySource {
  readonly length: number
  /** What reading it ended with, where it could not be read to its end. */
  failure: unknown
  /** Whether reading it has begun, so that an upload was sent. */
  isRead = false
  readonly #origin: BlobOrigin
  readonly #onBytes: (count: number) => void
  #prepared: Promise<Response> | undefined
  #sent = 0

  /** `onBytes` gets the bytes sent, and a negative count for those that are sent again. */
  constructor(origin: BlobOrigin, onBytes: (count: number) => void) {
    this.length = origin.blob.size
    this.#origin = origin
    this.#onBytes = onBytes
  }

  /** Asks for the blob ahead of {@link open}, so that this round trip and the one that opens the upload run side by side. */
  prepare(): void {
    this.#prepared ??= this.#origin.fetch(0)
    // Its reader gets the error.
    this.#prepared.catch(() => undefined)
  }

  /** Drops what was prepared and not read. */
  release(): void {
    this.#take()?.then(
      ({ stream }) => stream?.cancel(),
      () => undefined
    )
  }

  async *open(): AsyncGenerator<Uint8Array> {
    this.isRead = true
    if (this.#sent > 0) this.#onBytes(-this.#sent)
    this.#sent = 0
    const fetch = (start: number): Promise<Response> =>
      (start === 0 ? this.#take() : undefined) ?? this.#origin.fetch(start)
    try {
      for await (const chunk of downloadBlob({ ...this.#origin, fetch })) {
        yield chunk
        this.#sent += chunk.length
        this.#onBytes(chunk.length)
      }
    } catch (error) {
      this.failure = error
      throw error
    }
  }

  #take(): Promise<Response> | undefined {
    const prepared = this.#prepared
    this.#prepared = undefined
    return prepared
  }
}
