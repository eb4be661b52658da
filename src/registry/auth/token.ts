/** Fetches bearer tokens (distribution, token authentication specification: by GET, and by POST as of OAuth 2). */
import { type BasicCredential, type Credential, type IdentityToken, basicPair } from '../../oci/credential.ts'
import { PromotionError } from '../../oci/errors.ts'
import type { Challenge } from './challenge.ts'
import { type Access, type Request, type Response, type Send, describeRequest } from '../http/message.ts'
import { parseRealm, unusable, vetTokenServer } from './realm.ts'
import { readErrorBody, responseError } from '../errors.ts'
import { chooseScope, splitScope } from './scope.ts'

const MAXIMUM_TOKEN_BYTES = 128 * 1024
/** How long a token holds at least, in seconds, and where nothing is said of it (token specification). */
const SHORTEST_LIFETIME = 60
const PAUSE = 1000

/** A challenge that a registry put, with all that is needed to meet it. */
export interface TokenRequest {
  readonly challenge: Challenge
  /** The URL whose answer bore the challenge. */
  readonly asked: URL
  readonly access: Access
  readonly credential: Credential
}

/** A bearer token. */
export interface Token {
  readonly token: string
  /** For how many milliseconds from now it holds. The clocks of two machines differ: when it was issued is not looked at. */
  readonly lifetime: number
}

/** What fetching a token needs of the world. */
export interface Wire {
  readonly send: Send
  readonly sleep: (milliseconds: number) => Promise<unknown>
}

/** Fetches the token that a Bearer challenge asks for. Throws `UNAUTHORIZED`, `DENIED`, `REGISTRY_REJECTED`. */
export async function fetchToken(wanted: TokenRequest, wire: Wire): Promise<Token> {
  const { credential } = wanted
  if (credential.kind === 'identity') return exchange(wanted, credential, wire)
  const request = getRequest(wanted, credential.kind === 'basic' ? credential : undefined)
  const response = await wire.send(request)
  if (response.status !== 403 || credential.kind === 'anonymous') return readAnswer(wanted, request, response)
  // Quirk: GHCR's token server now and then denies what it grants a moment later.
  await wire.sleep(PAUSE)
  return readAnswer(wanted, request, await wire.send(request))
}

/** Exchanges an identity token: by POST, or as a password by GET where the token server does not know POST. */
async function exchange(wanted: TokenRequest, identity: IdentityToken, wire: Wire): Promise<Token> {
  const request = postRequest(wanted, identity)
  const response = await wire.send(request)
  // Quirk: Google answers 404, Artifactory 401, ACR 400, others 405 to a POST that they do not know (containerd).
  if (![400, 401, 404, 405].includes(response.status)) return readAnswer(wanted, request, response)
  const { username, token, origin } = identity
  if (username === undefined) throw notTaken(identity, request, response)
  const second = getRequest(wanted, { kind: 'basic', username, password: token, origin })
  return readAnswer(wanted, second, await wire.send(second))
}

function getRequest(wanted: TokenRequest, basic: BasicCredential | undefined): Request {
  const { url, service, scope } = address(wanted)
  if (service !== '') url.searchParams.set('service', service)
  for (const part of splitScope(scope)) url.searchParams.append('scope', part)
  return {
    ...tokenRequest(wanted, url),
    method: 'GET',
    headers: { accept: 'application/json', ...(basic && { authorization: `Basic ${basicPair(basic)}` }) }
  }
}

function postRequest(wanted: TokenRequest, { token }: IdentityToken): Request {
  const { url, service, scope } = address(wanted)
  const form = { grant_type: 'refresh_token', service, client_id: 'retag', scope, refresh_token: token }
  return {
    ...tokenRequest(wanted, url),
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(form).toString())
  }
}

function address({ challenge, asked, access }: TokenRequest): { url: URL; service: string; scope: string } {
  const { realm, service = '', scope } = challenge.parameters
  return { url: parseRealm(realm, asked), service, scope: chooseScope(scope, access) }
}

function tokenRequest({ asked }: TokenRequest, url: URL): Pick<Request, 'url' | 'limit' | 'vetRedirect'> {
  const vetRedirect = (target: URL): void => {
    vetTokenServer(target, asked)
  }
  return { url, limit: MAXIMUM_TOKEN_BYTES, vetRedirect }
}

function readAnswer({ access, credential }: TokenRequest, request: Request, response: Response): Token {
  if (response.status !== 200) {
    const shown = credential.kind === 'anonymous' ? undefined : credential.origin
    throw responseError({ ...request, access }, { ...response, shown })
  }
  if (response.truncated) throw unusable('the token server’s answer is larger than 128 KiB')
  const { token, access_token: accessToken, expires_in: seconds } = parse(response.body)
  // Quirk: Harbor sends the one of the two that it does not use as an empty string.
  const found = [token, accessToken].find(value => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value))
  if (typeof found !== 'string') throw unusable('the token server’s answer holds no token')
  return { token: found, lifetime: Math.max(numberOf(seconds), SHORTEST_LIFETIME) * 1000 }
}

/** Reads a number, or a text of one; 0 for anything else, an object that brings methods of its own along too. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) || 0 : 0
}

function parse(body: Uint8Array): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body))
    return typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function notTaken({ origin }: IdentityToken, request: Request, response: Response): PromotionError {
  const said = readErrorBody(response.body) || 'the token server refused without a word'
  const status = `(${describeRequest(request)} → status ${response.status.toString()})`
  return new PromotionError('UNAUTHORIZED', `${said} ${status}`, {
    advice: `The token server does not take the identity token from ${origin}; it may have expired. Log in again, or with a name and a password.`
  })
}
