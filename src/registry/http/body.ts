/** Request and response bodies as streams: every chunk counts as progress, and only the other side is timed. */
import { Readable } from 'node:stream'
import type { Watch } from './deadline.ts'
import type { BodySource, BodyStream, Response } from './message.ts'

const CHUNK_BYTES = 64 * 1024
// In chunks: enough to keep the socket busy until the next one arrives.
const AHEAD = 2

/**
 * Streams a request's body, so that its bytes are sent unchanged. The response may take `verdict` milliseconds: a
 * registry hashes a blob, and may move it to another store, before it answers.
 */
export function outgoing(body: Uint8Array | BodySource, watch: Watch, verdict: number): Readable {
  const pieces = body instanceof Uint8Array ? slices(body) : body.open()
  const stream = Readable.from(paced(pieces, watch, verdict), { highWaterMark: AHEAD })
  stream.on('error', error => {
    watch.fail(error)
  })
  return stream
}

/** Reads a body, at most `limit` bytes of it. */
export async function receive(
  message: Readable,
  limit: number,
  watch: Watch
): Promise<Pick<Response, 'body' | 'truncated'>> {
  const received: Uint8Array[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    watch.progress(chunk.length)
    received.push(chunk)
    size += chunk.length
    if (size > limit) break
  }
  return { body: Buffer.concat(received, Math.min(size, limit)), truncated: size > limit }
}

/** Streams a response's body. `explain` converts an error of the stream to the one that its reader gets. */
export function incoming(message: Readable, watch: Watch, explain: (error: unknown) => unknown): BodyStream {
  // Until it is read, this side is the slow one.
  watch.pause()
  return {
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      try {
        watch.progress(0)
        for await (const chunk of message as AsyncIterable<Uint8Array>) {
          watch.progress(chunk.length)
          watch.pause()
          yield chunk
          watch.progress(0)
        }
      } catch (error) {
        throw explain(error)
      } finally {
        watch.end()
      }
    },
    cancel: () => {
      watch.end()
      message.destroy()
    }
  }
}

async function* paced(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  watch: Watch,
  verdict: number
): AsyncGenerator<Uint8Array> {
  watch.pause()
  for await (const piece of pieces) {
    watch.progress(0)
    yield piece
    watch.progress(piece.length)
    watch.pause()
  }
  watch.allow(verdict)
}

function* slices(body: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < body.length; start += CHUNK_BYTES)
    yield body.subarray(start, start + CHUNK_BYTES)
}
