/** Cuts a stream into slices of given lengths, without copying a byte. */

/** Gives a stream slice by slice; each must be read to its end before the next. */
export class Slicer {
  readonly #pieces: AsyncIterator<Uint8Array>
  #left: Uint8Array = new Uint8Array()

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#pieces = stream[Symbol.asyncIterator]()
  }

  /** Gives the next bytes, so many of them as long as there are any. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let wanted = length; wanted > 0;) {
      const piece = this.#left.length > 0 ? this.#left : await this.#next()
      if (piece === undefined) return
      const slice = piece.subarray(0, wanted)
      this.#left = piece.subarray(slice.length)
      wanted -= slice.length
      yield slice
    }
  }

  /** Gives up the rest. */
  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  async #next(): Promise<Uint8Array | undefined> {
    const next = await this.#pieces.next()
    return next.done === true ? undefined : next.value
  }
}
