/** Authentication of the in-process registry: accounts, challenges, and a token endpoint. */
import { randomUUID } from 'node:crypto'
import { type Answer, type Exchange, errorAnswer, jsonAnswer } from './registry-exchange.ts'

/** The accounts of a registry, and how they authenticate. */
export interface Accounts {
  readonly kind: 'basic' | 'bearer'
  /** Passwords by user name. Every account may pull and push everywhere. */
  readonly accounts: Readonly<Record<string, string>>
  /** Whether anonymous clients may pull; false by default. */
  readonly anonymousPull?: boolean
}

/** The service that tokens are for. */
export const tokenService = 'registry.test'

/** Checks requests before the registry answers them. */
export interface Authenticator {
  /** Returns a challenge for a request that is not authorized; undefined for one that is. */
  refuse(exchange: Exchange): Answer | undefined
  /** Answers a request for a token. */
  issueToken(exchange: Exchange): Answer
}

/** Creates the authenticator of a registry. */
export function authenticator(auth: Accounts): Authenticator {
  const tokens = new Map<string, ReadonlySet<string>>()
  const isAuthorized =
    auth.kind === 'basic'
      ? (exchange: Exchange): boolean => isAuthorizedByPassword(auth, exchange)
      : (exchange: Exchange): boolean => {
          const granted = tokens.get(bearerOf(exchange) ?? '')
          return granted !== undefined && neededGrants(exchange).every(grant => granted.has(grant))
        }
  return {
    refuse: exchange => {
      if (isAuthorized(exchange)) return undefined
      if (auth.kind === 'basic') return unauthorized({ 'www-authenticate': 'Basic realm="Registry Realm"' })
      return unauthorized({ 'www-authenticate': bearerChallenge(exchange, tokens) })
    },
    issueToken: exchange => {
      const user = userOf(auth, exchange)
      if (user === undefined && exchange.headers.authorization !== undefined) return unauthorized({})
      const token = randomUUID()
      tokens.set(token, grantsOf(auth, user, exchange))
      return jsonAnswer({ token, expires_in: 300, issued_at: new Date().toISOString() })
    }
  }
}

function isAuthorizedByPassword(auth: Accounts, exchange: Exchange): boolean {
  if (userOf(auth, exchange) !== undefined) return true
  const isAnonymous = exchange.headers.authorization === undefined
  return auth.anonymousPull === true && isAnonymous && actionsOf(exchange).every(action => action === 'pull')
}

function bearerChallenge(exchange: Exchange, tokens: ReadonlyMap<string, unknown>): string {
  const scopes = scopesOf(exchange)
  const token = bearerOf(exchange)
  const parameters = [
    `realm="${exchange.url.origin}/token"`,
    `service="${tokenService}"`,
    ...(scopes.length > 0 ? [`scope="${scopes.join(' ')}"`] : []),
    ...(token === undefined ? [] : [`error="${tokens.has(token) ? 'insufficient_scope' : 'invalid_token'}"`])
  ]
  return `Bearer ${parameters.join(',')}`
}

function unauthorized(headers: Record<string, string>): Answer {
  const answer = errorAnswer(401, 'UNAUTHORIZED', 'authentication required')
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** Finds the account of a request's Basic credentials. */
function userOf({ accounts }: Accounts, { headers }: Exchange): string | undefined {
  const [, encoded] = /^basic (.+)$/i.exec(headers.authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
  return accounts[user] === password.join(':') ? user : undefined
}

function bearerOf({ headers }: Exchange): string | undefined {
  return /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
}

function actionsOf({ method }: Exchange): string[] {
  return method === 'GET' || method === 'HEAD' ? ['pull'] : ['pull', 'push']
}

/** The scopes that a request needs: its repository's, and that of the repository a blob is mounted from. */
function scopesOf(exchange: Exchange): string[] {
  const { resource, url } = exchange
  if (resource === undefined) return []
  const from = url.searchParams.get('from')
  const own = `repository:${resource.repository}:${actionsOf(exchange).join(',')}`
  return [own, ...(from === null ? [] : [`repository:${from}:pull`])]
}

function neededGrants(exchange: Exchange): string[] {
  return scopesOf(exchange).flatMap(splitScope)
}

/** Grants the allowed part of the requested scopes: a token server does not refuse a scope, it drops actions. */
function grantsOf(auth: Accounts, user: string | undefined, { url }: Exchange): ReadonlySet<string> {
  const asked = url.searchParams.getAll('scope').flatMap(scope => scope.split(' ').flatMap(splitScope))
  const isAllowed = (grant: string): boolean =>
    user !== undefined || (auth.anonymousPull === true && grant.endsWith(':pull'))
  return new Set(asked.filter(isAllowed))
}

/** Splits a scope into one per action. */
function splitScope(scope: string): string[] {
  const at = scope.lastIndexOf(':')
  return scope
    .slice(at + 1)
    .split(',')
    .map(action => `${scope.slice(0, at)}:${action}`)
}
