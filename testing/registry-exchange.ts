/** A request to the in-process registry and an answer from it, as values. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Store } from './registry-store.ts'

/** A request as the registry received it, and where it leads. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Uint8Array
  /** What the path names, where it is one of the distribution API below a repository. */
  readonly resource: Resource | undefined
  readonly store: Store
}

/** What a path below `/v2/` names. */
export interface Resource {
  readonly repository: string
  readonly kind: 'manifests' | 'blobs' | 'tags' | 'referrers'
  /** What stands after the kind: a tag, a digest, `uploads/…`, `list`. */
  readonly name: string
}

/** What a registry answers. */
export interface Answer {
  /** 200 when it is not given. */
  readonly status?: number
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
}

const RESOURCE = /^\/v2\/(?<repository>.+)\/(?<kind>manifests|blobs|tags|referrers)\/(?<name>.+)$/
const UPLOADS = /^\/v2\/(?<repository>.+)\/(?<kind>blobs)\/(?<name>uploads\/.*)$/

/** Reads what a path names; undefined for any other path. */
export function parseResource({ pathname }: URL): Resource | undefined {
  const groups = (UPLOADS.exec(pathname) ?? RESOURCE.exec(pathname))?.groups
  return groups as Resource | undefined
}

/** Makes an answer with an error of the distribution specification. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify({ errors: [{ code, message }] })}\n`
  }
}

/** Makes an answer with a JSON body. */
export function jsonAnswer(content: object, headers: Answer['headers'] = {}): Answer {
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(content) }
}
