/** What a child process prints, as a text that can be waited for. */
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

  /** All of it so far. */
  get text(): string {
    return this.#text
  }

  /** Waits until the text matches. Throws an error with the text when the stream ends before that. */
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
