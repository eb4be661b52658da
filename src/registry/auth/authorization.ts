/**
 * What a request is authorized with, and what to do when the registry refuses it all the same:
 *
 *     sent with the request   challenge                     next step
 *     nothing, or Basic       Bearer                        fetch a token
 *     nothing, or a token     Basic only                    send the password, if there is one
 *     a token                 another scope                 fetch a token for that scope
 *     a token                 error="insufficient_scope"    fetch one more token, once
 *     an accepted token       anything else                 fetch a new token: this one has expired
 *     a new token             anything else                 wait a second, then send it again
 *     anything                anything else                 give up
 *
 * Quirks: Harbor answers Basic only to any token that it does not like, and Artifactory for some paths. Docker Hub's clocks
 * differ, so a token can be too new for one of its servers.
 */
import { type BasicCredential, type Credential, basicPair } from '../../oci/credential.ts'
import { PromotionError } from '../../oci/errors.ts'
import { responseError } from '../errors.ts'
import { readErrorBody } from '../http/error-body.ts'
import { type Access, type Request, type Response, isSameOrigin } from '../http/message.ts'
import { denialAdvice } from './advice.ts'
import { type Challenge, challengesOf } from './challenge.ts'
import { chooseScope, isSameScope } from './scope.ts'
import { type TokenDependencies, type TokenRequest, fetchToken } from './token.ts'

/** What is sent to a registry in the `Authorization` header, and what is known about it. */
export interface Authorization {
  readonly kind: 'basic' | 'bearer'
  /** The value of the `Authorization` header. */
  readonly header: string
  /** The scope that a token was fetched for; empty for a password. */
  readonly scope: string
  /** When to fetch a new token, in milliseconds on the clock of the run. */
  readonly renewAt: number
  /** `assumed`: fetched before the registry asked for it; `retried`: refused when it was new, and sent once more. */
  readonly state: 'assumed' | 'new' | 'retried' | 'accepted'
  /** Whether it replaces a token with too few rights: there is no point in fetching a third. */
  readonly isLast: boolean
}

/** What getting an authorization needs from outside. */
export interface AuthorizationDependencies extends TokenDependencies {
  /** Called with every secret as soon as it is known, to mask it. */
  readonly mask: (secret: string) => void
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number
}

/** The part of its lifetime after which a token is renewed. */
const RENEWAL = 0.9

/** Makes the authorization of a user name and password. */
export function basicAuthorization(credential: BasicCredential): Authorization {
  const header = `Basic ${basicPair(credential)}`
  return { kind: 'basic', header, scope: '', renewAt: Infinity, state: 'new', isLast: false }
}

/** Gets a token and makes an authorization of it. Throws as {@link fetchToken} does. */
export async function bearerAuthorization(
  request: TokenRequest,
  dependencies: AuthorizationDependencies
): Promise<Authorization> {
  const { challenge, access, credential } = request
  const start = dependencies.now()
  const { token, lifetime } =
    credential.kind === 'bearer'
      ? { token: credential.token, lifetime: Infinity }
      : await fetchToken(request, dependencies)
  dependencies.mask(token)
  return {
    kind: 'bearer',
    header: `Bearer ${token}`,
    scope: chooseScope(challenge.parameters.scope, access),
    renewAt: start + lifetime * RENEWAL,
    state: 'new',
    isLast: false
  }
}

/** Tells whether a registry refuses what was sent with a request, or asks for an authorization. */
export function isRefused({ status, body }: Response, sent: Authorization | undefined): boolean {
  if (status === 401) return true
  // Quirk: ECR Public answers an expired token with 400, without a challenge.
  return status === 400 && sent?.kind === 'bearer' && /authorization token/i.test(readErrorBody(body))
}

/**
 * Judges a login by the registry's answer to it: true if it was accepted, false if the answer does not tell, the error if it was
 * refused. Another challenge asks for something else than the password, which may be right.
 */
export function judgeLogin(request: Request, response: Response): boolean | PromotionError {
  const { status, body } = response
  // A server that the registry redirected to got no login: the registry took it.
  if (!isSameOrigin(response.url, request.url)) return true
  // Quirk: ECR answers a login that has expired with 403.
  const isExpired = status === 403 && /expired/i.test(readErrorBody(body))
  if (status !== 401 && !isExpired) return status !== 429 && status < 500
  return challengesOf(response).some(({ scheme }) => scheme === 'bearer')
    ? false
    : responseError(request, response)
}

/** A refusal, and what decides about the next step. */
export interface Refusal {
  /** Undefined if the request was sent without authorization. */
  readonly sent: Authorization | undefined
  readonly challenges: readonly Challenge[]
  /** The scope to fetch a token for, by the challenge; empty if it names none. */
  readonly scope: string
  readonly credential: Credential
}

/** What to do about a refusal. After `fetch-last-token` no further token is fetched for want of rights. */
export type NextStep = 'fetch-token' | 'fetch-last-token' | 'send-password' | 'wait' | 'give-up'

/** Decides what to do about a refusal, by the table above. */
export function nextStep(refusal: Refusal): NextStep {
  const { sent, challenges, credential } = refusal
  const kind = sent?.kind
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
  if (bearer && kind !== 'bearer') return 'fetch-token'
  const isBasicOnly = !bearer && challenges.some(({ scheme }) => scheme === 'basic')
  if (isBasicOnly && kind !== 'basic' && credential.kind === 'basic') return 'send-password'
  return sent && kind === 'bearer' ? nextStepForToken(refusal, sent, bearer) : 'give-up'
}

function nextStepForToken(
  { scope, credential }: Refusal,
  sent: Authorization,
  bearer: Challenge | undefined
): NextStep {
  // A token from a login file cannot be fetched again.
  if (credential.kind === 'bearer') return 'give-up'
  if (scope !== '' && !isSameScope(scope, sent.scope)) return 'fetch-token'
  if (bearer?.parameters.error === 'insufficient_scope') return sent.isLast ? 'give-up' : 'fetch-last-token'
  if (sent.state === 'accepted') return 'fetch-token'
  return sent.state === 'new' ? 'wait' : 'give-up'
}

/** Makes the error for a registry that asks for a user name and password where there is no login, or only a token. */
export function noPassword(
  credential: Credential,
  access: Access,
  { url, headers }: Response
): PromotionError {
  const { registry } = access.repository
  const traces = `${url.href} ${headers['www-authenticate'] ?? ''}`
  const shown = credential.kind === 'anonymous' ? undefined : credential.origin
  const found = shown === undefined ? 'there is none' : `the login in ${shown} is a token`
  return new PromotionError('UNAUTHORIZED', `${registry} asks for a user name and password, but ${found}`, {
    advice: denialAdvice({ registry, actions: access.actions, said: '', shown, traces })
  })
}
