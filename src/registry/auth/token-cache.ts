/** The authorization for one access to one origin: the first request finds out what the registry asks for, the others wait. */
import { type Credential, type Keychain, anonymous, secretsOf } from '../../oci/credential.ts'
import { PromotionError, isUnavailable } from '../../oci/errors.ts'
import { type Access, type Preconnect, type Request, type Response, isSameOrigin } from '../http/message.ts'
import {
  type Authorization,
  type AuthorizationDependencies,
  type NextStep,
  basicAuthorization,
  bearerAuthorization,
  isRefused,
  judgeLogin,
  nextStep,
  noPassword
} from './authorization.ts'
import { type Challenge, challengesOf } from './challenge.ts'
import type { KnownRegistry, TokenServer } from './known-registry.ts'
import { chooseScope } from './scope.ts'
import type { TokenRequest } from './token.ts'

/** What the authorizing layer needs from outside. */
export interface AuthDependencies extends Omit<AuthorizationDependencies, 'send'> {
  readonly keychain: Keychain
  /** Called for every request that has to wait for the response to another. */
  readonly preconnect?: Preconnect
}

// One to learn what the registry asks for; one more because a token may be too new or have too few rights.
const MAXIMUM_STEPS = 2
/** How long to wait before a new token is sent again, in milliseconds. */
const PAUSE = 1000
const MAXIMUM_PING_BYTES = 8 * 1024

/** Holds the authorization for one access to one origin, and renews it. */
export class TokenCache {
  readonly #access: Access
  readonly #registry: KnownRegistry
  readonly #dependencies: AuthDependencies & AuthorizationDependencies
  /** How to get a token, by the last Bearer challenge. */
  #tokenRequest: TokenRequest | undefined
  #credential: Credential | undefined
  #authorization: Authorization | undefined
  /** Settles when it is known what to send: when the first answer has arrived and its challenge is met. */
  #opening: Promise<unknown> | undefined
  #isOpen = false
  #pending: Promise<boolean> | undefined
  #failure: PromotionError | undefined

  constructor(
    access: Access,
    registry: KnownRegistry,
    dependencies: AuthDependencies & AuthorizationDependencies
  ) {
    this.#access = access
    this.#registry = registry
    this.#dependencies = dependencies
  }

  /** Sends a request and meets the challenges of its answers. Returns a response that is a refusal all the same. */
  async send(request: Request): Promise<Response> {
    const { tokenServer } = this.#registry
    if (tokenServer) this.#opening ??= this.#fetchAhead(tokenServer)
    // The first request must go out before any other gets here: no await before it, not even of a settled promise.
    while (this.#opening !== undefined && !this.#isOpen) await this.#waitFor(this.#opening, request)
    if (this.#isStale()) await this.#renew()
    if (this.#failure) throw this.#failure
    const sent = this.#authorization
    const first = this.#sendOnce(request)
    this.#opening ??= this.#open(request, first)
    return this.#withOrigin(await this.#settle(request, sent, await first))
  }

  /** Meets the challenges of a response to a request that was sent with an authorization. */
  async #settle(request: Request, first: Authorization | undefined, response: Response): Promise<Response> {
    let [sent, last] = [first, response]
    for (let steps = 0; isRefused(last, sent); steps++) {
      if (steps === MAXIMUM_STEPS || !(await this.#meet(request, last, sent))) return last
      sent = this.#authorization
      last = await this.#sendOnce(request)
    }
    if (sent && sent === this.#authorization) this.#accept(sent)
    return last
  }

  /** Fetches a token before the registry asks for it. If that fails for any reason, the first request is sent without. */
  async #fetchAhead(tokenServer: TokenServer): Promise<void> {
    try {
      const credential = await this.#findCredential()
      this.#tokenRequest = { ...tokenServer, access: this.#access, credential }
      const authorization = await this.#fetchToken()
      this.#authorization = authorization && { ...authorization, state: 'assumed' }
      this.#isOpen = true
    } catch {
      // The registry's own challenge decides.
      this.#opening = undefined
    }
  }

  #accept(sent: Authorization): void {
    this.#authorization = { ...sent, state: 'accepted' }
    if (sent.kind === 'bearer' && this.#tokenRequest) this.#registry.remember(this.#tokenRequest, sent.scope)
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
    this.#dependencies.preconnect?.(url)
    await opening
  }

  async #sendOnce(request: Request): Promise<Response> {
    const { send } = this.#dependencies
    if (this.#authorization === undefined) return send(request)
    const { kind, header: authorization } = this.#authorization
    const authorized = { ...request, headers: { ...request.headers, authorization } }
    const trial = kind === 'basic' && this.#registry.trialOf(this.#credential ?? anonymous)
    if (!trial) return send(authorized)
    return trial.send(
      () => send(authorized),
      response => judgeLogin(request, this.#withOrigin(response))
    )
  }

  /** Notes on a response where the credential that was sent for it came from. */
  #withOrigin(response: Response): Response {
    const credential = this.#credential ?? anonymous
    if (this.#authorization === undefined || credential.kind === 'anonymous') return response
    return { ...response, shown: credential.origin }
  }

  /** What the registry has asked for: a token that was fetched ahead counts as nothing once it is refused. */
  get #asked(): Authorization | undefined {
    return this.#authorization?.state === 'assumed' ? undefined : this.#authorization
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
    const credential = await this.#findCredential()
    const challenge = challenges.find(({ scheme }) => scheme === 'bearer')
    if (challenge)
      this.#tokenRequest = { challenge, registryUrl: request.url, access: this.#access, credential }
    const named = challenge?.parameters.scope ?? ''
    const scope = named && chooseScope(named, this.#access)
    const step = nextStep({ sent: this.#asked, challenges, scope, credential })
    const next = await this.#take(step, credential)
    if (next) this.#authorization = next
    else if (!this.#asked && challenges.some(({ scheme }) => scheme === 'basic'))
      throw noPassword(credential, this.#access, response)
    return next !== undefined
  }

  async #findCredential(): Promise<Credential> {
    const { keychain, mask } = this.#dependencies
    if (this.#credential) return this.#credential
    const credential = await keychain(this.#access.repository, this.#access.actions)
    for (const secret of secretsOf(credential)) mask(secret)
    return (this.#credential = credential)
  }

  async #challengesOf(request: Request, response: Response): Promise<Challenge[]> {
    const challenges = challengesOf(response)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (challenges.length > 0 || this.#asked !== undefined || !isRead) return challenges
    // Quirk: gcr.io sends its challenge only at the root of the API. A scope in it belongs to no repository.
    const url = new URL('/v2/', request.url)
    const root = await this.#dependencies.send({ method: 'GET', url, headers: {}, limit: MAXIMUM_PING_BYTES })
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
    const request = this.#tokenRequest
    if (request === undefined) return undefined
    const fetch = (): Promise<Authorization> => bearerAuthorization(request, this.#dependencies)
    const trial = this.#registry.trialOf(request.credential)
    // A mount is denied for its two repositories at once; that says nothing about the login.
    const codes = this.#access.from && (['UNAUTHORIZED'] as const)
    return trial ? trial.send(fetch, () => true, codes) : fetch()
  }
}
