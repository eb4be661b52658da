/** A small conformant registry in this process, on loopback, with accounts and a log of all requests. */
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { Image } from './images.ts'
import { listen } from './loopback.ts'
import type { Profile } from './profiles.ts'
import { answerPlainly } from './registry-api.ts'
import { type Accounts, authenticator } from './registry-auth.ts'
import type { Uploads } from './registry-blobs.ts'
import { type Answer, type Exchange, errorAnswer, parseResource } from './registry-exchange.ts'
import { type Store, openRepository, storeImage } from './registry-store.ts'

/** A request in the log. */
export interface LoggedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly status: number
  readonly authorization: string | undefined
  readonly headers: IncomingHttpHeaders
  /** `GET /v2/a/manifests/1 → 200` */
  readonly line: string
}

/** A running registry. */
export interface RegistryServer {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** `http://127.0.0.1:PORT` */
  readonly base: string
  /** All requests so far, including those for tokens, in the order of their answers. */
  readonly log: readonly LoggedRequest[]
  readonly store: Store
  clearLog(): void
  /** Stores an image with everything that it references, without requests. */
  seed(repository: string, image: Image, tags: readonly string[]): void
  /** The digest that a tag points to. */
  tag(repository: string, tag: string): string | undefined
  close(): Promise<void>
}

/** How a registry differs from an open one without quirks. */
export interface RegistryOptions {
  readonly auth?: Accounts
  readonly profile?: Profile
}

/** Starts a registry on a free port of 127.0.0.1. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const log: LoggedRequest[] = []
  const store: Store = new Map()
  const answer = answering(options)
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const exchange = await receive(request, store)
    const answered = await answer(exchange).catch(brokenProfile)
    log.push(logged(exchange, answered))
    reply(response, answered)
  }
  const server = createServer((request, response) => {
    // A client that disconnects in the middle of its request gets no answer.
    handle(request, response).catch(() => response.destroy())
  })
  const listening = await listen(server)
  const { host } = listening
  return {
    host,
    base: `http://${host}`,
    log,
    store,
    clearLog: () => {
      log.length = 0
    },
    seed: (repository, image, tags) => {
      storeImage(openRepository(store, repository), image, tags)
    },
    tag: (repository, tag) => store.get(repository)?.tags.get(tag),
    close: () => listening.close()
  }
}

/** Chains the parts: authentication, the profile's `before`, the plain registry, the profile's `after`. */
function answering({ auth, profile }: RegistryOptions): (exchange: Exchange) => Promise<Answer> {
  const uploads: Uploads = new Map()
  const access = auth && authenticator(auth)
  const isForToken = ({ url }: Exchange): boolean => access !== undefined && url.pathname === '/token'
  const plain = (exchange: Exchange): Answer =>
    (isForToken(exchange) ? access?.issueToken(exchange) : undefined) ?? answerPlainly(exchange, uploads)
  const refuse = (exchange: Exchange): Answer | undefined =>
    isForToken(exchange) ? undefined : access?.refuse(exchange)
  return async exchange => {
    const answer = refuse(exchange) ?? (await profile?.before?.(exchange, plain)) ?? plain(exchange)
    return profile?.after?.(exchange, answer) ?? answer
  }
}

function brokenProfile(error: unknown): Answer {
  return errorAnswer(500, 'UNKNOWN', error instanceof Error ? error.message : 'unknown error')
}

async function receive(request: IncomingMessage, store: Store): Promise<Exchange> {
  const { method = '', url: path = '', headers } = request
  const chunks: Uint8Array[] = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const url = new URL(`http://${headers.host ?? ''}${path}`)
  return { method, url, headers, body: Buffer.concat(chunks), resource: parseResource(url), store }
}

function logged({ method, url, headers }: Exchange, { status = 200 }: Answer): LoggedRequest {
  const path = url.pathname + url.search
  const line = `${method} ${path} → ${status.toString()}`
  return { method, path, status, authorization: headers.authorization, headers, line }
}

function reply(response: ServerResponse, { status = 200, headers = {}, body = '' }: Answer): void {
  const bytes = Buffer.from(body)
  const length = status === 204 ? {} : { 'content-length': bytes.length }
  response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0', ...length, ...headers })
  response.end(bytes)
}
