/**
 * Sends over @actions/http-client: bytes out, bytes in, one deadline. The only module that imports it; of its
 * conveniences (redirects, retries, readers, handlers) none is used: docs/adr/0003-own-http-behaviour.md.
 */
import { HttpClient } from '@actions/http-client'
import * as http from 'node:http'
import * as https from 'node:https'
import { Readable } from 'node:stream'
import { type Deadline, Watch, standardDeadline } from './deadline.ts'
import { type Request, type Response, type Send, describeRequest } from './http.ts'
import { networkError } from './network-error.ts'

/** How much of an error's body is read, in bytes: enough for every registry's explanation (oras). */
export const MAXIMUM_ERROR_BYTES = 8 * 1024

/** The most connections kept to one origin. */
export const MAXIMUM_SOCKETS = 16

const CHUNK_BYTES = 64 * 1024

/** A connection pool: a `Send`, and what ends it. */
export interface Transport {
  readonly send: Send
  /** Closes all connections. */
  close(): void
}

/** Makes a transport that keeps connections alive, at most 16 to an origin, and honours `https_proxy` and `no_proxy`. */
export function transport(deadline: Deadline = standardDeadline): Transport {
  // One client an origin: a client keeps the agent of its first URL, whatever comes later.
  const clients = new Map<string, HttpClient>()
  const clientOf = ({ origin }: URL): HttpClient => {
    const client =
      clients.get(origin) ?? new HttpClient('retag', [], { keepAlive: true, maxSockets: MAXIMUM_SOCKETS })
    clients.set(origin, client)
    return client
  }
  return {
    send: request => exchange(request, clientOf(request.url), deadline),
    close: () => {
      for (const client of clients.values()) client.dispose()
    }
  }
}

async function exchange(request: Request, client: HttpClient, deadline: Deadline): Promise<Response> {
  const watch = new Watch(describeRequest(request), deadline)
  try {
    const message = await send(request, client, watch)
    watch.progress()
    const status = message.statusCode ?? 0
    const limit = status >= 400 ? MAXIMUM_ERROR_BYTES : request.limit
    return {
      status,
      headers: joined(message.headers),
      ...(await receive(message, limit, watch)),
      url: request.url
    }
  } catch (error) {
    throw watch.signal.aborted ? watch.signal.reason : networkError(request, error)
  } finally {
    watch.end()
  }
}

async function send(request: Request, client: HttpClient, watch: Watch): Promise<http.IncomingMessage> {
  const { method, url, headers, body } = request
  const isSecure = url.protocol === 'https:'
  const options: http.RequestOptions = {
    method,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (isSecure ? 443 : 80),
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      'user-agent': 'retag',
      ...headers,
      ...(body && { 'content-length': body.length })
    },
    agent: client.getAgent(url.href),
    signal: watch.signal
  }
  const info = { options, parsedUrl: url, httpModule: isSecure ? https : http }
  // A string would be encoded anew; a stream with a content length keeps the bytes.
  const sent = client.requestRaw(info, body ? Readable.from(chunks(body, watch)) : null)
  // Node tells a request that has no socket yet nothing of the signal, and a proxy that does not answer gives it none.
  const { message } = await Promise.race([sent, aborted(watch.signal)])
  return message
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}

function* chunks(body: Uint8Array, watch: Watch): Generator<Uint8Array> {
  for (let start = 0; start < body.length; start += CHUNK_BYTES) {
    watch.progress()
    yield body.subarray(start, start + CHUNK_BYTES)
  }
}

async function receive(
  message: http.IncomingMessage,
  limit: number,
  watch: Watch
): Promise<Pick<Response, 'body' | 'truncated'>> {
  const received: Uint8Array[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    watch.progress()
    received.push(chunk)
    size += chunk.length
    if (size > limit) break
  }
  return { body: Buffer.concat(received, Math.min(size, limit)), truncated: size > limit }
}

function joined(headers: http.IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
  )
}
