/** A fake registry, answered by a function, behind the authorizing layer. */
import type { Credential } from '../../src/oci/credential.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { authorizing } from '../../src/registry/auth/authorize.ts'
import type { Request, Response, Send } from '../../src/registry/http/message.ts'
import { type Answered, answerTo, requestTo } from './requests.ts'

/** An answer, and its URL if the registry redirected there. */
export interface FakeAnswer extends Answered {
  readonly from?: string
}

/** A 401 with a Bearer challenge that names a token server on another host. */
export const bearer: Answered = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="https://auth.example/token"' }
}

/** A 401 with a Basic challenge. */
export const basic: Answered = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }

/** The token server's answer. */
export const granted: Answered = { body: '{"token":"token-one-of-the-test"}' }

/** Tells whether a request is to the token server. */
export function isToken({ url }: Request): boolean {
  return url.host === 'auth.example'
}

/** Tells whether a request has an `Authorization` header. */
export function isAuthorized({ headers }: Request): boolean {
  return headers.authorization !== undefined
}

/** A fake registry, as a test sees it. */
export interface FakeRegistry {
  /** Requests a manifest of `r.example/acme/app`, or of another repository; by GET unless given. */
  readonly read: (method?: Request['method'], name?: string) => Promise<Response>
  /** The authentication scheme, method and URL of every request. */
  readonly requests: readonly string[]
  /** The repositories and actions that the keychain was asked for. */
  readonly asked: readonly string[]
  readonly masked: ReadonlySet<string>
}

/** Creates a fake registry. An error as the credential is thrown by the keychain, one as an answer by the connection. */
export function fakeRegistry(
  respond: (request: Request, count: number) => FakeAnswer | Error,
  credential: Credential | Error
): FakeRegistry {
  const requests: string[] = []
  const asked: string[] = []
  const masked = new Set<string>()
  const send: Send = request => {
    const [shown = ''] = (request.headers.authorization ?? 'nothing').split(' ')
    requests.push(`${shown}: ${request.method} ${request.url.href}`)
    const answer = respond(request, requests.length)
    if (answer instanceof Error) return Promise.reject(answer)
    const response = answerTo(request, answer)
    return Promise.resolve(answer.from === undefined ? response : { ...response, url: new URL(answer.from) })
  }
  const authorized = authorizing(send, {
    keychain: ({ name }, actions) => {
      asked.push(`${name}:${actions.join(',')}`)
      return credential instanceof Error ? Promise.reject(credential) : Promise.resolve(credential)
    },
    mask: secret => masked.add(secret),
    now: () => 0,
    sleep: () => Promise.resolve()
  })
  const read = (method: Request['method'] = 'GET', name = 'acme/app'): Promise<Response> => {
    const { repository } = parseReference(`r.example/${name}:1`)
    const access = { repository, actions: ['pull'] as const }
    return authorized(requestTo(`https://r.example/v2/${name}/manifests/1`, { method, access }))
  }
  return { read, requests, asked, masked }
}
