/** Answers challenges: the first request to a repository finds out what the registry wants, all others wait for that. */
import type { Credential, Keychain } from '../core/credential.ts'
import { PromotionError } from '../core/errors.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import type { Access, Request, Response, Send } from './http.ts'
import { responseError } from './response-error.ts'
import { formatScope } from './scope.ts'
import { basicAuthorization, fetchToken } from './token.ts'

/** What authorizing needs to know of the world. */
export interface Identity {
  readonly keychain: Keychain
  /** Is told every secret the moment it is known, so that it can be masked. */
  readonly mask: (secret: string) => void
}

/**
 * Sends requests with the authorization that their access needs. One 401 and one token request serve all requests with the
 * same access to one origin, however many there are.
 */
export function authorizing(send: Send, identity: Identity): Send {
  const sessions = new Map<string, Session>()
  return request => {
    if (request.access === undefined) return send(request)
    const key = `${request.url.origin} ${formatScope(request.access)}`
    const session = sessions.get(key) ?? new Session(send, identity, request.access)
    sessions.set(key, session)
    return session.send(request)
  }
}

/** What has been found out for one access to one origin. */
class Session {
  readonly #send: Send
  readonly #identity: Identity
  readonly #access: Access
  #authorization: string | undefined
  #opened: Promise<void> | undefined
  #answering: Promise<void> | undefined

  constructor(send: Send, identity: Identity, access: Access) {
    this.#send = send
    this.#identity = identity
    this.#access = access
  }

  async send(request: Request): Promise<Response> {
    // An await, even of nothing, would let every request of this turn pass before the first has opened.
    if (this.#opened !== undefined) await this.#opened
    const used = this.#authorization
    const sent = this.#attempt(request)
    this.#opened ??= this.#open(request, sent)
    const response = await sent
    if (response.status !== 401) return response
    await this.#satisfy(request, response, used)
    // A name and password that were refused are not shown once more: too many failed logins lock a user out.
    return this.#authorization === used ? response : this.#attempt(request)
  }

  /** Lets the requests that wait go on once the first answer is here and its challenge is met. */
  #open(request: Request, sent: Promise<Response>): Promise<void> {
    const opened = sent.then(response => this.#satisfy(request, response, undefined))
    opened.catch(() => {
      this.#opened = undefined
    })
    return opened
  }

  #attempt(request: Request): Promise<Response> {
    const authorization = this.#authorization
    return this.#send(
      authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } }
    )
  }

  /** Meets a 401, unless another request has done so since `used` was sent. */
  async #satisfy(request: Request, response: Response, used: string | undefined): Promise<void> {
    if (response.status !== 401 || this.#authorization !== used) return
    this.#answering ??= this.#answer(request, response).finally(() => {
      this.#answering = undefined
    })
    await this.#answering
  }

  async #answer(request: Request, response: Response): Promise<void> {
    // A server that the registry redirected to is not the registry: it gets no credential, whatever it asks.
    if (response.url.origin !== request.url.origin) throw responseError(request, response)
    const challenges = parseChallenges(response.headers['www-authenticate'] ?? '')
    const credential = await this.#credential()
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
    if (bearer) return this.#fetchToken(bearer, request, credential)
    const basic = challenges.some(({ scheme }) => scheme === 'basic')
    if (!basic) throw responseError(request, response)
    if (credential.kind !== 'basic') throw noCredential(this.#access)
    this.#authorize(basicAuthorization(credential))
  }

  async #credential(): Promise<Credential> {
    const credential = await this.#identity.keychain(this.#access.repository, this.#access.actions)
    if (credential.kind === 'basic') {
      this.#identity.mask(credential.password)
      this.#identity.mask(parameterOf(basicAuthorization(credential)))
    }
    return credential
  }

  async #fetchToken(challenge: Challenge, { url }: Request, credential: Credential): Promise<void> {
    const token = await fetchToken({ challenge, asked: url, access: this.#access, credential }, this.#send)
    this.#authorize(`Bearer ${token}`)
  }

  #authorize(authorization: string): void {
    this.#identity.mask(parameterOf(authorization))
    this.#authorization = authorization
  }
}

/** Gives what follows the scheme of an `Authorization` value. */
function parameterOf(authorization: string): string {
  return authorization.slice(authorization.indexOf(' ') + 1)
}

function noCredential({ repository }: Access): PromotionError {
  return new PromotionError(
    'UNAUTHORIZED',
    `${repository.registry} wants a name and a password, and there is none for it`,
    {
      advice: 'Give username and password for this registry.'
    }
  )
}
