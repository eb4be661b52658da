/** The type of every HTTP layer: a function from request to response. */
import type { Action } from '../../oci/credential.ts'
import { printable } from '../../oci/printable.ts'
import type { Repository } from '../../oci/reference.ts'

/** What a request does in which repository; the authorizing layer turns it into an `Authorization` header. */
export interface Access {
  readonly repository: Repository
  readonly actions: readonly Action[]
  /** Another repository of the same registry, to pull from at the same time (a mount). */
  readonly from?: Repository
}

/** A body that is too large to be held in memory. */
export interface BodySource {
  /** In bytes. */
  readonly length: number
  /** Starts reading from the first byte, each time it is called. Throws `PromotionError`, immediately or while being read. */
  open(): AsyncIterable<Uint8Array>
}

/** A body that arrives in chunks. It must be read to its end, left early by `break`, or cancelled. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Discards the body; the connection is closed. */
  cancel(): void
}

/** A request. */
export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH'
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | BodySource
  /** The most bytes that are read of a successful response; if it is streamed, how many are expected. */
  readonly limit: number
  /** Whether the body of a successful response (200, 206) is returned as a stream. */
  readonly streamed?: boolean
  /** Absent where no credential may be sent. */
  readonly access?: Access
  /** The registry that named the URL, if the host is of its choice: a token server, an upload, a redirect. */
  readonly namedBy?: URL | undefined
  /** Throws if a redirect must not lead to the URL. */
  readonly vetRedirect?: (url: URL) => void
  /**
   * Called before every retry of a write, after the wait: after a lost connection, a timeout or a 5xx, because the write may have
   * been done, and after a 429, because another job may have written meanwhile. It may send requests itself.
   *
   * - It returns a response: that replaces the lost one, and the write is not retried.
   * - It returns undefined: the write is retried.
   * - It throws `REGISTRY_UNAVAILABLE` or `TIMED_OUT`: it could not find out; the write fails with its own error.
   * - It throws anything else: the write fails with that error.
   *
   * A write without it is retried only after a 429, which means that the registry did not process it.
   */
  readonly beforeRepeat?: () => Promise<Response | undefined>
}

/** A response, received completely unless its body is streamed. */
export interface Response {
  readonly status: number
  /** Names in lower case; repeated headers joined by `, ` as Node joins them. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most `limit` bytes; of an error at most 8 KiB. */
  readonly body: Uint8Array
  /** The body of a successful response to a streamed request; `body` is empty then. */
  readonly stream?: BodyStream
  /** Whether the body was longer than the limit. */
  readonly truncated: boolean
  /** Where the response came from: after a redirect not the request's URL. */
  readonly url: URL
  /** Where the credential that was sent came from, for people to read; absent if none was sent. */
  readonly shown?: string | undefined
}

/** Sends a request; responses of any status are returned. Throws `PromotionError` if there is none. */
export type Send = (request: Request) => Promise<Response>

/** Opens a connection to a URL before the request to it can be sent; never throws, and may do nothing. */
export type Preconnect = (url: URL) => void

/**
 * Tells whether two URLs have the same origin: scheme, host and port. `URL.origin` does not tell: for `blob:http://host/` it is
 * the origin of the URL inside.
 */
export function isSameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host
}

/** Strips the brackets of an IPv6 address from a hostname as `URL` writes it. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Describes a request for people: without its query, which may hold secrets, and bounded, because a redirect may name any URL. */
export function describeRequest({ method, url }: Pick<Request, 'method' | 'url'>): string {
  return `${method} ${printable(`${url.origin}${url.pathname}`)}`
}
