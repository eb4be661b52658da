/**
 * The door of a registry that has a name: accounts, challenges and tokens of its own kind. There are three accounts, all
 * with the password `secret`: `ci` may pull and push, `reader` may pull, `nobody` may do nothing.
 */
import type { Profile } from './profiles.ts'
import { type Answer, type Exchange, errorAnswer, jsonAnswer } from './registry-exchange.ts'

/** A profile that lets users in; one is made for each server, because it remembers what it issued. */
export interface Entrance extends Profile {
  /** Ends the validity of all tokens issued so far, or of all passwords shown to the registry itself. */
  expire(what: 'tokens' | 'passwords'): void
}

/** Why a request may not pass: nothing was shown; what was shown is not or no longer valid; it does not allow this. */
export type Why = 'nothing' | 'invalid' | 'insufficient'

/** How one registry lets its users in. */
export interface House {
  readonly name: string
  /** Where tokens are issued, publicly; undefined where there are none. */
  readonly realm?: string
  /** The service of its challenges, and the only one that tokens are issued for; none when it is not given. */
  readonly service?: string
  /** The scope of a challenge; the ordinary one when it is not given. */
  readonly scope?: (exchange: Exchange) => string
  /** The token server's answer; `token` alone when it is not given. */
  readonly token?: (token: string) => object
  /** Whether a name and password pass at the registry itself. */
  readonly takesPasswords?: boolean
  /** Answers in place of the ordinary 401 with a Bearer challenge. */
  readonly refuse?: (exchange: Exchange, why: Why) => Answer
  /** Finds whose a POST to the token server is, or answers it; 404 when it is not given. */
  readonly post?: (form: URLSearchParams) => string | Answer
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  ci: ['pull', 'push'],
  reader: ['pull'],
  nobody: []
}

/** Makes the profile of a registry that lets users in its own way. */
export function entrance(house: House): Entrance {
  const door = new Door(house)
  const tokenPath = house.realm === undefined ? undefined : new URL(house.realm).pathname
  return {
    name: house.name,
    before: exchange => {
      if (exchange.url.pathname === tokenPath) return door.issueTo(exchange)
      const why = door.judge(exchange)
      if (why === undefined) return undefined
      return house.refuse?.(exchange, why) ?? challenge(bearerChallenge(house, exchange, why))
    },
    expire: what => {
      door.expire(what)
    }
  }
}

/** Makes a 401 with a challenge. */
export function challenge(header: string | string[]): Answer {
  const answer = errorAnswer(401, 'UNAUTHORIZED', 'authentication required')
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': header } }
}

/** The scope that a request needs; where it is to no repository, a placeholder, as GHCR has it. */
export function scopeOf(exchange: Exchange): string {
  const actions = neededFor(exchange) === 'pull' ? 'pull' : 'pull,push'
  return `repository:${exchange.resource?.repository ?? 'user/image'}:${actions}`
}

class Door {
  readonly #house: House
  readonly #issued = new Map<string, readonly string[]>()
  #takesPasswords: boolean
  #count = 0

  constructor(house: House) {
    this.#house = house
    this.#takesPasswords = house.takesPasswords === true
  }

  /** Answers a request to the token server. */
  issueTo(exchange: Exchange): Answer {
    if (exchange.method === 'POST') return this.#issueByPost(exchange)
    const { searchParams } = exchange.url
    if (searchParams.get('service') !== (this.#house.service ?? null))
      return errorAnswer(400, 'UNSUPPORTED', 'unknown service')
    const user = userOf(exchange)
    return user === undefined && exchange.headers.authorization !== undefined
      ? errorAnswer(401, 'UNAUTHORIZED', 'incorrect username or password')
      : this.#issue(user, searchParams.getAll('scope').join(' '))
  }

  /** Tells why a request may not pass; undefined for one that may. */
  judge(exchange: Exchange): Why | undefined {
    const { authorization } = exchange.headers
    if (authorization === undefined) return 'nothing'
    const user = this.#takesPasswords ? userOf(exchange) : undefined
    const granted = user === undefined ? this.#issued.get(authorization) : allowed[user]
    if (granted === undefined) return 'invalid'
    return granted.includes(neededFor(exchange)) ? undefined : 'insufficient'
  }

  expire(what: 'tokens' | 'passwords'): void {
    if (what === 'tokens') this.#issued.clear()
    else this.#takesPasswords = false
  }

  #issueByPost({ body }: Exchange): Answer {
    const form = new URLSearchParams(Buffer.from(body).toString())
    const user = this.#house.post?.(form) ?? errorAnswer(404, 'NOT_FOUND', 'not found')
    return typeof user === 'string' ? this.#issue(user, form.get('scope') ?? '') : user
  }

  #issue(user: string | undefined, scope: string): Answer {
    const token = `${this.#house.name}-bearer-token-${(++this.#count).toString()}`
    const actions = allowed[user ?? 'nobody'] ?? []
    // A scope that names no action stands for all.
    const isGranted = (action: string): boolean => !/pull|push/.test(scope) || scope.includes(action)
    this.#issued.set(`Bearer ${token}`, actions.filter(isGranted))
    return jsonAnswer(this.#house.token?.(token) ?? { token })
  }
}

function bearerChallenge(
  { realm = '', service = '', scope = scopeOf }: House,
  exchange: Exchange,
  why: Why
): string {
  const error = {
    nothing: '',
    invalid: ',error="invalid_token"',
    insufficient: ',error="insufficient_scope"'
  }
  return `Bearer realm="${realm}",service="${service}",scope="${scope(exchange)}"${error[why]}`
}

function userOf({ headers }: Exchange): string | undefined {
  const [, pair = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? []
  const [, user = ''] = /^(.+):secret$/.exec(Buffer.from(pair, 'base64').toString()) ?? []
  return user in allowed ? user : undefined
}

function neededFor({ method }: Exchange): 'pull' | 'push' {
  return method === 'GET' || method === 'HEAD' ? 'pull' : 'push'
}
