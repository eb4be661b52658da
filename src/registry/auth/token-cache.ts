/** The authorization for one access to one origin: the first request finds out what the registry asks for, the others wait. */
import { type Credential, type Keychain, anonymous, secretsOf } from '../../oci/credential.ts'
import { PromotionError, isUnavailable } from '../../oci/errors.ts'
import {
  type Access,
  type Preconnect,
  type Request,
  type Response,
  type Send,
  isSameOrigin
} from '../http/message.ts'
import { denialAdvice } from './advice.ts'
import {
  type Authorization,
  type AuthorizationDependencies,
  type NextStep,
  basicAuthorization,
  bearerAuthorization,
  isRefused,
  nextStep
} from './authorization.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import { chooseScope } from './scope.ts'
import type { TokenRequest } from './token.ts'

/** What the authorizing layer needs from outside. */
export interface AuthDependencies extends Omit<AuthorizationDependencies, 'send'> {
  readonly keychain: Keychain
  /** Is told of every request that has to wait for the answer to another. */
  readonly preconnect?: Preconnect
}

// One to learn what the registry asks for; one more because a token may be too new or have too few rights.
const MAXIMUM_STEPS = 2
/** How long to wait before a new token is sent again, in milliseconds. */
const PAUSE = 1000
const MAXIMUM_PING_BYTES = 8 * 1024

/** Holds the authorization for one access to one origin, and renews it. */
export class TokenCache {
  readonly #send: Send
  readonly #dependencies: AuthDependencies
  readonly #access: Access
  /** How to get a token, by the last Bearer challenge. */
  #tokenRequest: TokenRequest | undefined
  #credential: Credential | undefined
  #authorization: Authorization | undefined
  /** Settles when the first answer has arrived and its challenge is met. */
  #opening: Promise<unknown> | undefined
  #isOpen = false
  #pending: Promise<boolean> | undefined
  #failure: PromotionError | undefined

  constructor(send: Send, dependencies: AuthDependencies, access: Access) {
    this.#send = send
    this.#dependencies = dependencies
    this.#access = access
  }

  /** Sends a request and meets the challenges of its answers. Returns a response that is a refusal all the same. */
  async send(request: Request): Promise<Response> {
    // The first request must go out before any other gets here: no await before it, not even of a settled promise.
    if (this.#opening) await this.#waitFor(this.#opening, request)
    if (this.#isStale()) await this.#renew()
    if (this.#failure) throw this.#failure
    let sent = this.#authorization
    const first = this.#sendOnce(request)
    this.#opening ??= this.#open(request, first)
    let response = await first
    for (let steps = 0; isRefused(response, sent); steps++) {
      if (steps === MAXIMUM_STEPS || !(await this.#meet(request, response, sent)))
        return this.#withOrigin(response)
      sent = this.#authorization
      response = await this.#sendOnce(request)
    }
    if (sent && sent === this.#authorization) this.#authorization = { ...sent, state: 'accepted' }
    return this.#withOrigin(response)
  }

  #open(request: Request, sent: Promise<Response>): Promise<unknown> | undefined {
    // Not a write: what is sent before its repetition would wait for it, and it for that.
    if (request.beforeRepeat !== undefined) return undefined
    const opening = sent.then(
      response => isRefused(response, undefined) && this.#meet(request, response, undefined)
    )
    opening.then(
      () => {
        this.#isOpen = true
      },
      () => {
        this.#opening = undefined
      }
    )
    return opening
  }

  async #waitFor(opening: Promise<unknown>, { url }: Request): Promise<void> {
    if (!this.#isOpen) this.#dependencies.preconnect?.(url)
    await opening
  }

  #sendOnce(request: Request): Promise<Response> {
    if (this.#authorization === undefined) return this.#send(request)
    const { header: authorization } = this.#authorization
    return this.#send({ ...request, headers: { ...request.headers, authorization } })
  }

  /** Notes on a response where the credential that was sent for it came from. */
  #withOrigin(response: Response): Response {
    const credential = this.#credential ?? anonymous
    if (this.#authorization === undefined || credential.kind === 'anonymous') return response
    return { ...response, shown: credential.origin }
  }

  #isStale(): boolean {
    return this.#authorization !== undefined && this.#dependencies.now() >= this.#authorization.renewAt
  }

  #renew(): Promise<boolean> {
    return this.#once(async () => {
      this.#authorization = await this.#fetchToken()
      return true
    })
  }

  /** Meets a challenge, unless another request has done so meanwhile; false if nothing is left to try. */
  async #meet(request: Request, response: Response, sent: Authorization | undefined): Promise<boolean> {
    return this.#authorization !== sent || this.#once(() => this.#step(request, response))
  }

  /** Does work once for all requests that want it at the same time. */
  #once(work: () => Promise<boolean>): Promise<boolean> {
    this.#pending ??= work()
      .catch((error: unknown) => {
        // Trying again would change nothing, and a wrong password that is sent too often locks the account.
        if (error instanceof PromotionError && !isUnavailable(error)) this.#failure = error
        throw error
      })
      .finally(() => {
        this.#pending = undefined
      })
    return this.#pending
  }

  async #step(request: Request, response: Response): Promise<boolean> {
    // A server that the registry redirected to is not the registry: it gets no credential.
    if (!isSameOrigin(response.url, request.url)) return false
    const challenges = await this.#challengesOf(request, response)
    const credential = (this.#credential ??= await this.#findCredential())
    const challenge = challenges.find(({ scheme }) => scheme === 'bearer')
    if (challenge)
      this.#tokenRequest = { challenge, registryUrl: request.url, access: this.#access, credential }
    const named = challenge?.parameters.scope ?? ''
    const scope = named && chooseScope(named, this.#access)
    const step = nextStep({ sent: this.#authorization, challenges, scope, credential })
    const next = await this.#take(step, credential)
    if (next) this.#authorization = next
    else if (!this.#authorization && challenges.some(({ scheme }) => scheme === 'basic'))
      throw noPassword(credential, this.#access, response)
    return next !== undefined
  }

  async #findCredential(): Promise<Credential> {
    const { keychain, mask } = this.#dependencies
    const credential = await keychain(this.#access.repository, this.#access.actions)
    for (const secret of secretsOf(credential)) mask(secret)
    return credential
  }

  async #challengesOf(request: Request, response: Response): Promise<Challenge[]> {
    const challenges = challengesOf(response)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (challenges.length > 0 || this.#authorization !== undefined || !isRead) return challenges
    // Quirk: gcr.io sends its challenge only at the root of the API. A scope in it belongs to no repository.
    const url = new URL('/v2/', request.url)
    const root = await this.#send({ method: 'GET', url, headers: {}, limit: MAXIMUM_PING_BYTES })
    if (!isSameOrigin(root.url, url)) return []
    return challengesOf(root).map(({ scheme, parameters }) => ({
      scheme,
      parameters: { ...parameters, scope: undefined }
    }))
  }

  /** Takes a step; gives the authorization to send next, or undefined if there is none. */
  async #take(step: NextStep, credential: Credential): Promise<Authorization | undefined> {
    switch (step) {
      case 'fetch-token':
        return this.#fetchToken()
      case 'fetch-last-token': {
        const authorization = await this.#fetchToken()
        return authorization && { ...authorization, isLast: true }
      }
      case 'send-password':
        return credential.kind === 'basic' ? basicAuthorization(credential) : undefined
      case 'wait':
        await this.#dependencies.sleep(PAUSE)
        return this.#authorization && { ...this.#authorization, state: 'retried' }
      case 'give-up':
        return undefined
    }
  }

  async #fetchToken(): Promise<Authorization | undefined> {
    return (
      this.#tokenRequest &&
      bearerAuthorization(this.#tokenRequest, { ...this.#dependencies, send: this.#send })
    )
  }
}

function challengesOf({ headers }: Response): Challenge[] {
  return parseChallenges(headers['www-authenticate'] ?? '')
}

/** Makes the error for a registry that asks for a user name and password where there is no login, or only a token. */
function noPassword(credential: Credential, access: Access, { url, headers }: Response): PromotionError {
  const { registry } = access.repository
  const traces = `${url.href} ${headers['www-authenticate'] ?? ''}`
  const shown = credential.kind === 'anonymous' ? undefined : credential.origin
  const found = shown === undefined ? 'there is none' : `the login in ${shown} is a token`
  return new PromotionError('UNAUTHORIZED', `${registry} asks for a user name and password, but ${found}`, {
    advice: denialAdvice({ registry, actions: access.actions, said: '', shown, traces })
  })
}
