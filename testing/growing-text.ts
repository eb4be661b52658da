/** The output of a child process, as a text to wait for. */
import type { Readable } from 'node:stream'

/** The text of a stream so far. */
export class GrowingText {
  #text = ''
  readonly #stream: Readable

  constructor(stream: Readable) {
    this.#stream = stream.setEncoding('utf8').on('data', (chunk: string) => {
      this.#text += chunk
    })
  }

  /** The text so far. */
  get text(): string {
    return this.#text
  }

  /** Waits until the text matches. Throws an error with the text if the stream ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.#text)
        if (!found && !this.#stream.readableEnded) return
        this.#stream.off('data', look).off('end', look)
        if (found) resolve(found)
        else reject(new Error(`the process ended before it printed ${pattern.toString()}:\n${this.#text}`))
      }
      this.#stream.on('data', look).on('end', look)
      look()
    })
  }
}
