/** Fetches bearer tokens (distribution, token authentication specification: by GET, and by POST as of OAuth 2). */
import { type BasicCredential, type Credential, type IdentityToken, basicPair } from '../../oci/credential.ts'
import { PromotionError } from '../../oci/errors.ts'
import { isObject, parseJson } from '../../oci/json.ts'
import { acceptedManifests } from '../../oci/media-type.ts'
import type { Challenge } from './challenge.ts'
import { type Access, type Request, type Response, type Send, describeRequest } from '../http/message.ts'
import { parseRealm, unusable, vetTokenServer } from './realm.ts'
import { responseError } from '../errors.ts'
import { isWebPage, readErrorBody } from '../http/error-body.ts'
import { chooseScope, splitScope } from './scope.ts'

const MAXIMUM_TOKEN_BYTES = 128 * 1024
/** The shortest lifetime of a token, in seconds; also the default (token specification). */
const SHORTEST_LIFETIME = 60
const PAUSE = 1000
const SHORTEST_TOKEN = 16
// RFC 6750, section 2.1: no quotes, colons or blanks, which occur in references, digests and JSON.
const TOKEN = /^[\w.~+/-]+=*$/
// The hex of a digest or commit, or the end of one that is part of a tag, such as sha256-….
const DIGEST = /^s?h?a?[0-9]*-?[0-9a-f]+$/i

/** A Bearer challenge, with everything needed to fetch a token for it. */
export interface TokenRequest {
  readonly challenge: Challenge
  /** The URL whose answer held the challenge. */
  readonly registryUrl: URL
  readonly access: Access
  readonly credential: Credential
}

/** A bearer token. */
export interface Token {
  readonly token: string
  /** How long it is valid, in milliseconds from now. `issued_at` is ignored, because the clocks of two machines differ. */
  readonly lifetime: number
}

/** Dependencies of fetching a token. */
export interface TokenDependencies {
  readonly send: Send
  readonly sleep: (milliseconds: number) => Promise<unknown>
}

/** Fetches the token that a Bearer challenge asks for. Throws `UNAUTHORIZED`, `DENIED`, `REGISTRY_REJECTED`. */
export async function fetchToken(wanted: TokenRequest, dependencies: TokenDependencies): Promise<Token> {
  const { credential } = wanted
  if (credential.kind === 'identity') return exchange(wanted, credential, dependencies)
  const request = getRequest(wanted, credential.kind === 'basic' ? credential : undefined)
  const response = await dependencies.send(request)
  if (response.status !== 403 || credential.kind === 'anonymous') return readAnswer(wanted, request, response)
  // Quirk: GHCR's token server now and then denies what it grants a second later.
  await dependencies.sleep(PAUSE)
  return readAnswer(wanted, request, await dependencies.send(request))
}

/** Exchanges an identity token: by POST, or as a password by GET if the token server does not support POST. */
async function exchange(
  wanted: TokenRequest,
  identity: IdentityToken,
  dependencies: TokenDependencies
): Promise<Token> {
  const request = postRequest(wanted, identity)
  const response = await dependencies.send(request)
  // Quirk: to a POST that is not supported, Google answers 404, Artifactory 401, ACR 400, others 405 (containerd).
  if (![400, 401, 404, 405].includes(response.status)) return readAnswer(wanted, request, response)
  const { username, token, origin } = identity
  if (username === undefined) throw notAccepted(identity, request, response)
  const second = getRequest(wanted, { kind: 'basic', username, password: token, origin })
  return readAnswer(wanted, second, await dependencies.send(second))
}

function getRequest(wanted: TokenRequest, basic: BasicCredential | undefined): Request {
  const { url, service, scope } = parametersOf(wanted)
  if (service !== '') url.searchParams.set('service', service)
  for (const part of splitScope(scope)) url.searchParams.append('scope', part)
  return {
    ...tokenRequest(wanted, url),
    method: 'GET',
    headers: { accept: 'application/json', ...(basic && { authorization: `Basic ${basicPair(basic)}` }) }
  }
}

function postRequest(wanted: TokenRequest, { token }: IdentityToken): Request {
  const { url, service, scope } = parametersOf(wanted)
  const form = { grant_type: 'refresh_token', service, client_id: 'retag', scope, refresh_token: token }
  return {
    ...tokenRequest(wanted, url),
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(form).toString())
  }
}

function parametersOf({ challenge, registryUrl, access }: TokenRequest): {
  url: URL
  service: string
  scope: string
} {
  const { realm, service = '', scope } = challenge.parameters
  return { url: parseRealm(realm, registryUrl), service, scope: chooseScope(scope, access) }
}

function tokenRequest(
  { registryUrl }: TokenRequest,
  url: URL
): Pick<Request, 'url' | 'limit' | 'namedBy' | 'vetRedirect'> {
  const vetRedirect = (target: URL): void => {
    vetTokenServer(target, registryUrl)
  }
  return { url, limit: MAXIMUM_TOKEN_BYTES, namedBy: registryUrl, vetRedirect }
}

function readAnswer(wanted: TokenRequest, request: Request, response: Response): Token {
  const { access, credential } = wanted
  if (response.status !== 200) {
    const shown = credential.kind === 'anonymous' ? undefined : credential.origin
    throw responseError({ ...request, access }, { ...response, shown })
  }
  if (response.truncated) throw unusable('the answer of its token server is larger than 128 KiB')
  const { token, access_token: accessToken, expires_in: seconds } = parse(response.body)
  // Quirk: Harbor sends the field that it does not use as an empty string.
  const texts = [token, accessToken].flatMap(value =>
    typeof value === 'string' && value !== '' ? [value] : []
  )
  const found = texts.find(text => isSecret(text, wanted))
  if (found === undefined)
    throw unusable(
      texts.length === 0
        ? `the answer of its token server contains no token${pageIn(response)}`
        : 'the token of its token server is not usable: it is short, malformed, or a public value'
    )
  return { token: found, lifetime: Math.max(numberOf(seconds), SHORTEST_LIFETIME) * 1000 }
}

/** Says where a web page that was sent instead of a token came from. */
function pageIn({ body, url }: Response): string {
  return isWebPage(body) ? `: it is a web page (${describeRequest({ method: 'GET', url })})` : ''
}

/**
 * Tells whether a token can be a secret. A token is masked in the log, and the runner drops each output that contains a mask: a
 * token server whose token is `true` or the image's digest would make the log unreadable and the outputs empty.
 */
function isSecret(token: string, { access: { repository, from }, registryUrl }: TokenRequest): boolean {
  const known = [repository, from ?? repository].map(({ registry, name }) => `${registry}/${name}`)
  return (
    token.length >= SHORTEST_TOKEN &&
    TOKEN.test(token) &&
    !DIGEST.test(token) &&
    ![...known, registryUrl.href, acceptedManifests].some(text => text.includes(token))
  )
}

/** Reads a number, or a string with a number; 0 for anything else, such as an object with a `valueOf` method. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) || 0 : 0
}

function parse(body: Uint8Array): Record<string, unknown> {
  try {
    const answer = parseJson(body)
    return isObject(answer) ? answer : {}
  } catch {
    return {}
  }
}

function notAccepted({ origin }: IdentityToken, request: Request, response: Response): PromotionError {
  const said = readErrorBody(response.body) || 'the token server gave no error message'
  const status = `(${describeRequest(request)} → status ${response.status.toString()})`
  return new PromotionError('UNAUTHORIZED', `${said} ${status}`, {
    advice: `The token server does not accept the identity token from ${origin}; it may have expired. Log in again, or log in with a user name and password.`
  })
}
