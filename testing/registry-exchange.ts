/** Requests to the in-process registry and its answers, as values. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Store } from './registry-store.ts'

/** A request to the registry. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
  /** The resource of a path of the distribution API below a repository. */
  readonly resource: Resource | undefined
  readonly store: Store
}

/** What a path below `/v2/` names. */
export interface Resource {
  readonly repository: string
  readonly kind: 'manifests' | 'blobs' | 'tags' | 'referrers'
  /** The rest of the path: a tag, a digest, `uploads/…`, `list`. */
  readonly name: string
}

/** An answer of the registry. */
export interface Answer {
  /** 200 by default. */
  readonly status?: number
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
}

const RESOURCE = /^\/v2\/(?<repository>.+)\/(?<kind>manifests|blobs|tags|referrers)\/(?<name>.+)$/
const UPLOADS = /^\/v2\/(?<repository>.+)\/(?<kind>blobs)\/(?<name>uploads\/.*)$/

/** Parses a path; undefined for other paths. */
export function parseResource({ pathname }: URL): Resource | undefined {
  const groups = (UPLOADS.exec(pathname) ?? RESOURCE.exec(pathname))?.groups
  return groups as Resource | undefined
}

/** Creates an answer with an error of the distribution specification. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify({ errors: [{ code, message }] })}\n`
  }
}

/** Creates an answer with a JSON body. */
export function jsonAnswer(content: object, headers: Answer['headers'] = {}): Answer {
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(content) }
}
