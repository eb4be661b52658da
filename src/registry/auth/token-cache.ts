/** One access to one registry: the first request finds out what the registry wants, all others wait for that. */
import { type Credential, type Keychain, anonymous, secretsOf } from '../../oci/credential.ts'
import { PromotionError, isUnavailable } from '../../oci/errors.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import { denialAdvice } from './advice.ts'
import type { Access, Preconnect, Request, Response, Send } from '../http/message.ts'
import { type Pass, type World, passwordPass, tokenPass } from './authorization.ts'
import { type Answer, answerTo, isRefused } from './refusal.ts'
import { chooseScope } from './scope.ts'
import type { TokenRequest } from './token.ts'

/** What authorizing needs to know of the world. */
export interface Identity extends Omit<World, 'send'> {
  readonly keychain: Keychain
  /** Is told of every request that has to wait for the answer to another. */
  readonly preconnect?: Preconnect
}

// What to show is found out first; what was shown may be too new or too weak: two answers to one request.
const MAXIMUM_ANSWERS = 2
/** How long a registry is given until it takes a token that is too new for it, in milliseconds. */
const PAUSE = 1000
const MAXIMUM_PING_BYTES = 8 * 1024

/** What has been found out for one access to one origin. */
export class Session {
  readonly #send: Send
  readonly #world: World
  readonly #keychain: Keychain
  readonly #preconnect: Preconnect | undefined
  readonly #access: Access
  /** How to get a token, as of the last Bearer challenge. */
  #invitation: TokenRequest | undefined
  #credential: Credential | undefined
  #pass: Pass | undefined
  #opened: Promise<unknown> | undefined
  #isOpen = false
  #working: Promise<boolean> | undefined
  #failure: PromotionError | undefined

  constructor(send: Send, identity: Identity, access: Access) {
    this.#send = send
    this.#world = { ...identity, send }
    this.#keychain = identity.keychain
    this.#preconnect = identity.preconnect
    this.#access = access
  }

  /** Sends a request and answers its challenges. A response that is still a refusal then is handed on. */
  async send(request: Request): Promise<Response> {
    // No other request may come in between before the first has gone out: not even an empty wait.
    if (this.#opened) await this.#waitFor(this.#opened, request)
    if (this.#isStale()) await this.#renew()
    if (this.#failure) throw this.#failure
    let used = this.#pass
    const sent = this.#attempt(request)
    this.#opened ??= this.#open(request, sent)
    let response = await sent
    for (let answers = 0; isRefused(response, used); answers++) {
      if (answers === MAXIMUM_ANSWERS || !(await this.#answer(request, response, used)))
        return this.#signed(response)
      used = this.#pass
      response = await this.#attempt(request)
    }
    if (used && used === this.#pass) this.#pass = { ...used, standing: 'taken' }
    return this.#signed(response)
  }

  /** Lets the requests that wait go on once the first answer is here and its challenge is met. */
  #open(request: Request, sent: Promise<Response>): Promise<unknown> {
    const opened = sent.then(
      response => isRefused(response, undefined) && this.#answer(request, response, undefined)
    )
    opened.then(
      () => {
        this.#isOpen = true
      },
      () => {
        this.#opened = undefined
      }
    )
    return opened
  }

  async #waitFor(opened: Promise<unknown>, { url }: Request): Promise<void> {
    if (!this.#isOpen) this.#preconnect?.(url)
    await opened
  }

  #attempt(request: Request): Promise<Response> {
    if (this.#pass === undefined) return this.#send(request)
    const { authorization } = this.#pass
    return this.#send({ ...request, headers: { ...request.headers, authorization } })
  }

  /** Notes on a response whose credential was shown for it. */
  #signed(response: Response): Response {
    const credential = this.#credential ?? anonymous
    if (this.#pass === undefined || credential.kind === 'anonymous') return response
    return { ...response, shown: credential.origin }
  }

  #isStale(): boolean {
    return this.#pass !== undefined && this.#world.now() >= this.#pass.renewAt
  }

  #renew(): Promise<boolean> {
    return this.#together(async () => {
      this.#pass = this.#invitation && (await tokenPass(this.#invitation, this.#world))
      return true
    })
  }

  /** Answers a refusal of what was used, unless another request has done so; false when there is no answer. */
  async #answer(request: Request, response: Response, used: Pass | undefined): Promise<boolean> {
    return this.#pass !== used || this.#together(() => this.#decide(request, response))
  }

  /** Does work once for all requests that want it at the same time. */
  #together(work: () => Promise<boolean>): Promise<boolean> {
    this.#working ??= work()
      .catch((error: unknown) => {
        // Trying again would change nothing; and a wrong password that is shown too often locks its user out.
        if (error instanceof PromotionError && !isUnavailable(error)) this.#failure = error
        throw error
      })
      .finally(() => {
        this.#working = undefined
      })
    return this.#working
  }

  async #decide(request: Request, response: Response): Promise<boolean> {
    // A server that the registry redirected to is not the registry: it gets no credential, whatever it asks.
    if (response.url.origin !== request.url.origin) return false
    const challenges = await this.#challengesOf(request, response)
    const credential = (this.#credential ??= await this.#findCredential())
    const challenge = challenges.find(({ scheme }) => scheme === 'bearer')
    if (challenge) this.#invitation = { challenge, asked: request.url, access: this.#access, credential }
    const named = challenge?.parameters.scope ?? ''
    const scope = named && chooseScope(named, this.#access)
    const next = await this.#next(answerTo({ pass: this.#pass, challenges, scope, credential }), credential)
    if (next) this.#pass = next
    else if (!this.#pass && challenges.some(({ scheme }) => scheme === 'basic'))
      throw noPassword(credential, this.#access, response)
    return next !== undefined
  }

  async #findCredential(): Promise<Credential> {
    const credential = await this.#keychain(this.#access.repository, this.#access.actions)
    for (const secret of secretsOf(credential)) this.#world.mask(secret)
    return credential
  }

  async #challengesOf(request: Request, response: Response): Promise<Challenge[]> {
    const challenges = challengesOf(response)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (challenges.length > 0 || this.#pass !== undefined || !isRead) return challenges
    // Quirk: gcr.io puts its challenge at the root of the API alone. A scope that is named there is of no repository.
    const url = new URL('/v2/', request.url)
    const root = await this.#send({ method: 'GET', url, headers: {}, limit: MAXIMUM_PING_BYTES })
    if (root.url.origin !== url.origin) return []
    return challengesOf(root).map(({ scheme, parameters }) => ({
      scheme,
      parameters: { ...parameters, scope: undefined }
    }))
  }

  /** Gets what an answer shows; undefined when there is nothing more to show. */
  async #next(answer: Answer, credential: Credential): Promise<Pass | undefined> {
    switch (answer) {
      case 'token':
      case 'last-token':
        return (
          this.#invitation && {
            ...(await tokenPass(this.#invitation, this.#world)),
            isLast: answer === 'last-token'
          }
        )
      case 'password':
        return credential.kind === 'basic' ? passwordPass(credential) : undefined
      case 'wait':
        await this.#world.sleep(PAUSE)
        return this.#pass && { ...this.#pass, standing: 'waited' }
      case 'end':
        return undefined
    }
  }
}

function challengesOf({ headers }: Response): Challenge[] {
  return parseChallenges(headers['www-authenticate'] ?? '')
}

/** Makes the error of a registry that wants a name and a password, where there is something else or nothing. */
function noPassword(credential: Credential, access: Access, { url, headers }: Response): PromotionError {
  const { registry } = access.repository
  const traces = `${url.href} ${headers['www-authenticate'] ?? ''}`
  const shown = credential.kind === 'anonymous' ? undefined : credential.origin
  const found = shown === undefined ? 'there is none for it' : `the login in ${shown} is a token`
  return new PromotionError('UNAUTHORIZED', `${registry} wants a name and a password, and ${found}`, {
    advice: denialAdvice({ registry, actions: access.actions, said: '', shown, traces })
  })
}
