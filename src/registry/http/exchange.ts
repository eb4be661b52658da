/** One exchange: a request out, a response in, under a watch. */
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http'
import { incoming, outgoing, receive } from './body.ts'
import type { Deadline, Watch } from './deadline.ts'
import type { BodySource, Request, Response } from './message.ts'
import type { Pool } from './pool.ts'

/** How much of an error's body is read, in bytes: enough for every registry's explanation (oras). */
export const MAXIMUM_ERROR_BYTES = 8 * 1024

// In bytes per millisecond, of a slow store.
const JUDGING_RATE = 4_000

/** Dependencies of an exchange. */
export interface Means {
  readonly pool: Pool
  readonly watch: Watch
  readonly deadline: Deadline
  /** Converts an error of the exchange to the one that is thrown. */
  readonly explain: (error: unknown) => unknown
}

/** Carries out an exchange; the watch ends with it, or with the streamed body that it returns. */
export async function exchange(request: Request, means: Means): Promise<Response> {
  const { pool, watch, deadline } = means
  const explain = (error: unknown): unknown =>
    watch.signal.aborted ? watch.signal.reason : means.explain(error)
  const upload = request.body && outgoing(request.body, watch, verdictWithin(request.body, deadline))
  try {
    const sent = pool.send(optionsOf(request, watch.signal), upload)
    // Node does not abort a request that is waiting for a connection, as it does for ever if a proxy does not answer.
    const message = await Promise.race([sent, aborted(watch.signal)])
    watch.progress(0)
    if (isStreamed(request, message))
      return { ...headOf(request, message), ...nothing, stream: incoming(message, watch, explain) }
    const response = await receiveAll(request, message, watch)
    // The registry refused before the whole body was sent: do not send the rest.
    if (response.status >= 400 && upload?.readableEnded === false) watch.fail(response)
    watch.end()
    return response
  } catch (error) {
    watch.end()
    throw explain(error)
  } finally {
    upload?.destroy()
  }
}

const nothing = { body: new Uint8Array(), truncated: false }

function isStreamed({ streamed }: Request, { statusCode }: IncomingMessage): boolean {
  return streamed === true && (statusCode === 200 || statusCode === 206)
}

function headOf({ url }: Request, message: IncomingMessage): Pick<Response, 'status' | 'headers' | 'url'> {
  return { status: message.statusCode ?? 0, headers: joined(message.headers), url }
}

async function receiveAll(request: Request, message: IncomingMessage, watch: Watch): Promise<Response> {
  const head = headOf(request, message)
  const limit = head.status >= 400 ? MAXIMUM_ERROR_BYTES : request.limit
  return { ...head, ...(await receive(message, limit, watch)) }
}

function optionsOf({ method, url, headers, body }: Request, signal: AbortSignal): RequestOptions {
  return {
    method,
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      'user-agent': 'retag',
      'accept-encoding': 'identity',
      ...headers,
      ...(body && { 'content-length': body.length })
    },
    signal
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}

/** How long a registry may take to respond to a body: it computes a blob's digest, and may move the blob to another store. */
function verdictWithin(body: Uint8Array | BodySource, { idle }: Deadline): number {
  return body instanceof Uint8Array ? idle : idle + body.length / JUDGING_RATE
}

function joined(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
  )
}
