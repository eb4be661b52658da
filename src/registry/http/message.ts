/** The one type that every layer of HTTP behaviour has: a function from request to response. */
import type { Action } from '../../oci/credential.ts'
import { printable } from '../../oci/printable.ts'
import type { Repository } from '../../oci/reference.ts'

/** What a request wants to do in which repository; the authorizing layer turns it into an `Authorization` header. */
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
  /** Begins to read it, from its first byte each time. Throws `PromotionError`, at once or while it is read. */
  open(): AsyncIterable<Uint8Array>
}

/** A body that arrives piece by piece. It has to be read to its end, left early by `break`, or cancelled. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  /** Gives up a body that is not wanted; the connection is closed. */
  cancel(): void
}

/** A request, as it is to be sent. */
export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH'
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | BodySource
  /** How many bytes of a successful answer's body are read at most; of one that is streamed, how many are expected. */
  readonly limit: number
  /** Whether a successful answer (200, 206) is returned as a stream. */
  readonly streamed?: boolean
  /** Absent where no credential may be sent. */
  readonly access?: Access
  /** The registry whose answer named the URL, where that is a host of its own choice: token server, upload, redirect. */
  readonly namedBy?: URL | undefined
  /** Throws where a redirect must not lead. */
  readonly vetRedirect?: (url: URL) => void
  /**
   * Called before every repetition of a write, when the wait is over: after a lost connection, a timeout or a 5xx, for the
   * write may have been done, and after a 429 too, for another job may have written meanwhile. It may send requests itself.
   *
   * - It returns a response: it is used instead of the lost one, and nothing is repeated.
   * - It returns undefined: the write is repeated.
   * - It throws `REGISTRY_UNAVAILABLE` or `TIMED_OUT`: it could not find out; the write's own failure stands.
   * - It throws anything else: the write ends with that error.
   *
   * A write without it is repeated after a 429 only, which says that the registry did not process it.
   */
  readonly beforeRepeat?: () => Promise<Response | undefined>
}

/** A response, wholly received but for a body that was asked for as a stream. */
export interface Response {
  readonly status: number
  /** Names in lower case; repeated headers joined by `, ` as Node joins them. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most `limit` bytes, of an answer with an error status at most 8 KiB. */
  readonly body: Uint8Array
  /** The body of a successful answer that was asked for as a stream; `body` is empty then. */
  readonly stream?: BodyStream
  /** Whether the body was longer than what was read of it. */
  readonly truncated: boolean
  /** Where the answer came from: another URL than the request's after a redirect. */
  readonly url: URL
  /** The origin of the credential that was shown for it, for people to read; absent where none was. */
  readonly shown?: string | undefined
}

/** Sends a request. Throws `PromotionError` when there is no answer; any answer, of whatever status, is a response. */
export type Send = (request: Request) => Promise<Response>

/** Opens a connection ahead of a request to a URL that has to wait; never throws, and may do nothing. */
export type Preconnect = (url: URL) => void

/**
 * Tells whether two URLs have one origin: scheme, host and port. `URL.origin` alone does not tell: that of
 * `blob:http://host/` is the origin of the URL inside.
 */
export function isSameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host
}

/** Gives a hostname, as `URL` writes it, without the brackets around an IPv6 address. */
export function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Names a request for people, without its query, which may hold secrets; bounded, for a redirect may lead to any address. */
export function describeRequest({ method, url }: Pick<Request, 'method' | 'url'>): string {
  return `${method} ${printable(`${url.origin}${url.pathname}`)}`
}
