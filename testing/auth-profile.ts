/**
 * Authentication as a particular registry does it: its accounts, challenges and tokens. There are three accounts, all with
 * the password `secret`: `ci` may pull and push, `reader` may pull, `nobody` may do nothing.
 */
import type { Profile } from './profiles.ts'
import { type Answer, type Exchange, errorAnswer, jsonAnswer } from './registry-exchange.ts'

/** A profile with authentication. Create one per server: it remembers the tokens it issued. */
export interface AuthProfile extends Profile {
  /** Expires all tokens issued so far, or all passwords for the registry itself. */
  expire(what: 'tokens' | 'passwords'): void
}

/** Why a request is denied: it has no credential; the credential is invalid or expired; the credential lacks rights. */
export type DenialReason = 'nothing' | 'invalid' | 'insufficient'

/** How a registry authenticates. */
export interface AuthOptions {
  readonly name: string
  /** The public URL of the token server; undefined if there is none. */
  readonly realm?: string
  /** The service in challenges, and the only one that tokens are issued for; none by default. */
  readonly service?: string
  /** The scope in a challenge; {@link scopeOf} by default. */
  readonly scope?: (exchange: Exchange) => string
  /** The token server's response; `token` alone by default. */
  readonly token?: (token: string) => object
  /** Whether the registry itself accepts Basic authentication. */
  readonly acceptsBasic?: boolean
  /** Replaces the default 401 with a Bearer challenge. */
  readonly refuse?: (exchange: Exchange, reason: DenialReason) => Answer
  /** Gives the user of a POST to the token server, or the response to it; 404 by default. */
  readonly post?: (form: URLSearchParams) => string | Answer
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  ci: ['pull', 'push'],
  reader: ['pull'],
  nobody: []
}

/** Creates a profile with authentication. */
export function authProfile(options: AuthOptions): AuthProfile {
  const control = new AccessControl(options)
  const tokenPath = options.realm === undefined ? undefined : new URL(options.realm).pathname
  return {
    name: options.name,
    before: exchange => {
      if (exchange.url.pathname === tokenPath) return control.answerTokenRequest(exchange)
      const reason = control.check(exchange)
      if (reason === undefined) return undefined
      return options.refuse?.(exchange, reason) ?? challenge(bearerChallenge(options, exchange, reason))
    },
    expire: what => {
      control.expire(what)
    }
  }
}

/** Creates a 401 with a challenge. */
export function challenge(header: string | string[]): Answer {
  const answer = errorAnswer(401, 'UNAUTHORIZED', 'authentication required')
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': header } }
}

/** The scope that a request needs; outside of a repository a placeholder, as GHCR has it. */
export function scopeOf(exchange: Exchange): string {
  const actions = neededFor(exchange) === 'pull' ? 'pull' : 'pull,push'
  return `repository:${exchange.resource?.repository ?? 'user/image'}:${actions}`
}

class AccessControl {
  readonly #options: AuthOptions
  readonly #issued = new Map<string, readonly string[]>()
  #acceptsBasic: boolean
  #count = 0

  constructor(options: AuthOptions) {
    this.#options = options
    this.#acceptsBasic = options.acceptsBasic === true
  }

  /** Answers a request to the token server. */
  answerTokenRequest(exchange: Exchange): Answer {
    if (exchange.method === 'POST') return this.#issueByPost(exchange)
    const { searchParams } = exchange.url
    if (searchParams.get('service') !== (this.#options.service ?? null))
      return errorAnswer(400, 'UNSUPPORTED', 'unknown service')
    const user = userOf(exchange)
    return user === undefined && exchange.headers.authorization !== undefined
      ? errorAnswer(401, 'UNAUTHORIZED', 'incorrect username or password')
      : this.#issue(user, searchParams.getAll('scope').join(' '))
  }

  /** Returns why a request is denied; undefined if it is allowed. */
  check(exchange: Exchange): DenialReason | undefined {
    const { authorization } = exchange.headers
    if (authorization === undefined) return 'nothing'
    const user = this.#acceptsBasic ? userOf(exchange) : undefined
    const granted = user === undefined ? this.#issued.get(authorization) : allowed[user]
    if (granted === undefined) return 'invalid'
    return granted.includes(neededFor(exchange)) ? undefined : 'insufficient'
  }

  expire(what: 'tokens' | 'passwords'): void {
    if (what === 'tokens') this.#issued.clear()
    else this.#acceptsBasic = false
  }

  #issueByPost({ body }: Exchange): Answer {
    const form = new URLSearchParams(Buffer.from(body).toString())
    const user = this.#options.post?.(form) ?? errorAnswer(404, 'NOT_FOUND', 'not found')
    return typeof user === 'string' ? this.#issue(user, form.get('scope') ?? '') : user
  }

  #issue(user: string | undefined, scope: string): Answer {
    const token = `${this.#options.name}-bearer-token-${(++this.#count).toString()}`
    const actions = allowed[user ?? 'nobody'] ?? []
    // A scope without actions means all actions.
    const isGranted = (action: string): boolean => !/pull|push/.test(scope) || scope.includes(action)
    this.#issued.set(`Bearer ${token}`, actions.filter(isGranted))
    return jsonAnswer(this.#options.token?.(token) ?? { token })
  }
}

function bearerChallenge(
  { realm = '', service = '', scope = scopeOf }: AuthOptions,
  exchange: Exchange,
  reason: DenialReason
): string {
  const error = {
    nothing: '',
    invalid: ',error="invalid_token"',
    insufficient: ',error="insufficient_scope"'
  }
  return `Bearer realm="${realm}",service="${service}",scope="${scope(exchange)}"${error[reason]}`
}

function userOf({ headers }: Exchange): string | undefined {
  const [, pair = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  const [, user = ''] = /^(.+):secret$/.exec(Buffer.from(pair, 'base64').toString()) ?? []
  return user in allowed ? user : undefined
}

function neededFor({ method }: Exchange): 'pull' | 'push' {
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push'
}
