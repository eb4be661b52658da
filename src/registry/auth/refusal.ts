/**
 * What to do when a registry refuses a request:
 *
 *     shown with it           the challenge                  then
 *     nothing, or a password  Bearer                         show a token
 *     anything but a password Basic alone                    show the password, where there is one
 *     a token                 names another scope            show a token for that
 *     a token                 error="insufficient_scope"     show another token, once
 *     a token taken before    anything else                  show another token: it has expired
 *     a new token             anything else                  wait a moment, show it once more
 *     anything                anything else                  give up
 *
 * Quirks: Harbor answers Basic alone to any token that it does not like, and Artifactory for some paths; Docker Hub's
 * clocks differ, so that a token can be too new for one of them.
 */
import type { Credential } from '../../oci/credential.ts'
import type { Challenge } from './challenge.ts'
import type { Response } from '../http/message.ts'
import type { Pass } from './authorization.ts'
import { readErrorBody } from '../errors.ts'
import { isSameScope } from './scope.ts'

/** A refusal, and all that says how to answer it. */
export interface Refusal {
  /** Undefined where nothing was shown. */
  readonly pass: Pass | undefined
  readonly challenges: readonly Challenge[]
  /** The scope that the challenge comes to; empty where it names none. */
  readonly scope: string
  readonly credential: Credential
}

/** Tells whether a registry does not take what was shown to it, or wants to be shown something. */
export function isRefused({ status, body }: Response, pass: Pass | undefined): boolean {
  if (status === 401) return true
  // Quirk: ECR Public answers an expired token so, with no challenge.
  return status === 400 && pass?.kind === 'token' && /authorization token/i.test(readErrorBody(body))
}

/** How a refusal is answered; `last-token` is a token after which no other is asked for. */
export type Answer = 'token' | 'last-token' | 'password' | 'wait' | 'end'

/** Decides how to answer a refusal, by the table above. */
export function answerTo(refusal: Refusal): Answer {
  const { pass, challenges, credential } = refusal
  const shown = pass?.kind
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
  if (bearer && shown !== 'token') return 'token'
  const isBasicAlone = !bearer && challenges.some(({ scheme }) => scheme === 'basic')
  if (isBasicAlone && shown !== 'password' && credential.kind === 'basic') return 'password'
  return pass && shown === 'token' ? answerToToken(refusal, pass, bearer) : 'end'
}

function answerToToken({ scope, credential }: Refusal, pass: Pass, bearer: Challenge | undefined): Answer {
  // A token that was given, not fetched, cannot be had anew.
  if (credential.kind === 'bearer') return 'end'
  if (scope !== '' && !isSameScope(scope, pass.scope)) return 'token'
  if (bearer?.parameters.error === 'insufficient_scope') return pass.isLast ? 'end' : 'last-token'
  return ({ taken: 'token', new: 'wait', waited: 'end' } as const)[pass.standing]
}
