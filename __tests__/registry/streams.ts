/** Streams for tests: a server for one purpose, a piece to make bodies of, and signals between the two ends. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { listen } from '../../testing/loopback.ts'
import { opened } from './opened.ts'

/** 64 KiB, as much as comes in one piece. */
export const PIECE = Buffer.alloc(64 * 1024, 'retag')

/** Starts a server that does one thing, closed when the test ends, and gives its address. */
export async function serve(
  handle: (request: IncomingMessage, response: ServerResponse) => void
): Promise<string> {
  const { host } = opened(await listen(createServer(handle)))
  return `http://${host}/`
}

/** Reads a stream to its end. */
export async function bytesOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream ?? []) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** A value that one end of a test gives and the other waits for. */
export interface Signal<T> {
  readonly give: (value: T) => void
  readonly given: Promise<T>
}

/** Makes a signal. */
export function signal<T>(): Signal<T> {
  let give: ((value: T) => void) | undefined
  const given = new Promise<T>(resolve => (give = resolve))
  return { give: value => give?.(value), given }
}
