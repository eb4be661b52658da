/**
 * Sends over @actions/http-client: bytes out, bytes in, one deadline. The only module that imports it; of its
 * conveniences (redirects, retries, readers, handlers) none is used: docs/adr/0003-own-http-behaviour.md.
 */
import { HttpClient } from '@actions/http-client'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Readable } from 'node:stream'
import { incoming, outgoing, receive } from './body.ts'
import { type Deadline, Watch, deadlineFor, standardDeadline } from './deadline.ts'
import { unencoded } from './encoding.ts'
import {
  type BodySource,
  type Preconnect,
  type Request,
  type Response,
  type Send,
  describeRequest
} from './message.ts'
import { networkError } from './network-error.ts'
import { Preconnector } from './preconnect.ts'

/** How much of an error's body is read, in bytes: enough for every registry's explanation (oras). */
export const MAXIMUM_ERROR_BYTES = 8 * 1024

/** The most connections kept to one origin. */
export const MAXIMUM_SOCKETS = 16

// In bytes a millisecond: what a slow store does.
const JUDGING_RATE = 4_000

// http-client would end a socket after three quiet minutes, also one that waits for this side; the deadline knows better.
const NEVER = 2 ** 31 - 1

/** A connection pool: a `Send`, what opens connections for it early, and what ends it. */
export interface Transport {
  readonly send: Send
  readonly preconnect: Preconnect
  /** Breaks all connections, and sends nothing from then on. */
  close(): void
}

/** Makes a transport that keeps connections alive, at most 16 to an origin, and honours `https_proxy` and `no_proxy`. */
export function transport(deadline: Deadline = standardDeadline): Transport {
  // One client an origin: a client keeps the agent of its first URL, whatever comes later.
  const pools = new Map<string, Pool>()
  let isClosed = false
  const poolOf = ({ origin }: URL): Pool => {
    const pool = pools.get(origin) ?? openPool(origin)
    pools.set(origin, pool)
    return pool
  }
  return {
    send: async request => {
      if (isClosed) throw networkError(request, new Error('the run is over'))
      // Others, such as blob:, have an origin too, and Node would send to port 80 of localhost.
      if (!['http:', 'https:'].includes(request.url.protocol))
        throw networkError(request, new Error(`${request.url.protocol} is not HTTP`))
      return unencoded(request, await exchange(request, poolOf(request.url).client, deadline))
    },
    preconnect: url => {
      pools.get(url.origin)?.early?.preconnect()
    },
    close: () => {
      isClosed = true
      for (const { client, early } of pools.values()) {
        client.dispose()
        early?.close()
      }
    }
  }
}

/** The connections to one origin. */
interface Pool {
  readonly client: HttpClient
  /** Absent behind a proxy, where a connection is a request to the proxy as well. */
  readonly early: Preconnector | undefined
}

function openPool(origin: string): Pool {
  const options = { keepAlive: true, maxSockets: MAXIMUM_SOCKETS, socketTimeout: NEVER }
  const client = new HttpClient('retag', [], options)
  const agent: unknown = client.getAgent(origin)
  const early = agent instanceof http.Agent ? new Preconnector(agent, MAXIMUM_SOCKETS) : undefined
  return { client, early }
}

async function exchange(request: Request, client: HttpClient, deadline: Deadline): Promise<Response> {
  const watch = new Watch(describeRequest(request), deadlineFor(streamedBytes(request), deadline))
  const explain = (error: unknown): unknown =>
    watch.signal.aborted ? watch.signal.reason : networkError(request, error)
  const upload = request.body && outgoing(request.body, watch, verdictWithin(request.body, deadline))
  try {
    const message = await send(request, { client, upload, signal: watch.signal })
    watch.progress()
    if (isStreamed(request, message))
      return { ...headOf(request, message), ...nothing, stream: incoming(message, watch, explain) }
    const response = await receiveAll(request, message, watch)
    // A refusal that came before the whole body was sent: the rest of it is not wanted.
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

function isStreamed({ streamed }: Request, { statusCode }: http.IncomingMessage): boolean {
  return streamed === true && (statusCode === 200 || statusCode === 206)
}

function headOf(
  { url }: Request,
  message: http.IncomingMessage
): Pick<Response, 'status' | 'headers' | 'url'> {
  return { status: message.statusCode ?? 0, headers: joined(message.headers), url }
}

async function receiveAll(request: Request, message: http.IncomingMessage, watch: Watch): Promise<Response> {
  const head = headOf(request, message)
  const limit = head.status >= 400 ? MAXIMUM_ERROR_BYTES : request.limit
  return { ...head, ...(await receive(message, limit, watch)) }
}

interface Sending {
  readonly client: HttpClient
  readonly upload: Readable | undefined
  readonly signal: AbortSignal
}

async function send(request: Request, { client, upload, signal }: Sending): Promise<http.IncomingMessage> {
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
      'accept-encoding': 'identity',
      ...headers,
      ...(body && { 'content-length': body.length })
    },
    agent: client.getAgent(url.href),
    signal
  }
  const info = { options, parsedUrl: url, httpModule: isSecure ? https : http }
  const sent = client.requestRaw(info, upload ?? null)
  // Node tells a request that has no socket yet nothing of the signal, and a proxy that does not answer gives it none.
  const { message } = await Promise.race([sent, aborted(signal)])
  return message
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
}

function streamedBytes({ body, streamed, limit }: Request): number {
  return streamed === true ? limit : body === undefined || body instanceof Uint8Array ? 0 : body.length
}

/** How long a registry may take to judge what it got: of a blob it has to compute the digest, and may have to move it. */
function verdictWithin(body: Uint8Array | BodySource, { idle }: Deadline): number {
  return body instanceof Uint8Array ? idle : idle + body.length / JUDGING_RATE
}

function joined(headers: http.IncomingHttpHeaders): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value])
  )
}
