/** A registry that is played by a function, behind the layer that authorizes. */
import type { Credential } from '../../src/oci/credential.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { authorizing } from '../../src/registry/auth/authorize.ts'
import type { Request, Response, Send } from '../../src/registry/http/message.ts'
import { type Answered, answerTo, requestTo } from './requests.ts'

/** An answer, and whence it comes where the registry has redirected there. */
export interface PlayedAnswer extends Answered {
  readonly from?: string
}

/** A 401 that invites to a token server on another host. */
export const bearer: Answered = {
  status: 401,
  headers: { 'www-authenticate': 'Bearer realm="https://auth.example/token"' }
}

/** A 401 that wants a name and a password. */
export const basic: Answered = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }

/** The token server's answer. */
export const granted: Answered = { body: '{"token":"token-one-of-the-test"}' }

/** Tells whether a request is to the token server. */
export function isToken({ url }: Request): boolean {
  return url.host === 'auth.example'
}

/** Tells whether something is shown with a request. */
export function isShown({ headers }: Request): boolean {
  return headers.authorization !== undefined
}

/** A played registry, as a test sees it. */
export interface Played {
  /** Asks for a manifest of `r.example/acme/app`, by GET when nothing else is said, or of another repository. */
  readonly read: (method?: Request['method'], name?: string) => Promise<Response>
  /** What was shown, the method and the address of every request. */
  readonly requests: readonly string[]
  /** For what the keychain was asked. */
  readonly asked: readonly string[]
  readonly masked: ReadonlySet<string>
}

/** Plays a registry. Where the credential is an error, the keychain throws it; so does the wire with one that is answered. */
export function played(
  play: (request: Request, count: number) => PlayedAnswer | Error,
  credential: Credential | Error
): Played {
  const requests: string[] = []
  const asked: string[] = []
  const masked = new Set<string>()
  const send: Send = request => {
    const [shown = ''] = (request.headers.authorization ?? 'nothing').split(' ')
    requests.push(`${shown}: ${request.method} ${request.url.href}`)
    const answer = play(request, requests.length)
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
