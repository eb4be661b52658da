/** Fetches bearer tokens (distribution, token authentication specification). */
import type { Credential } from '../core/credential.ts'
import type { Challenge } from './challenge.ts'
import type { Access, Request, Send } from './http.ts'
import { parseRealm, unusable, vetTokenServer } from './realm.ts'
import { responseError } from './response-error.ts'
import { chooseScope } from './scope.ts'

const MAXIMUM_TOKEN_BYTES = 128 * 1024

/** A challenge that a registry put, with all that is needed to meet it. */
export interface TokenRequest {
  readonly challenge: Challenge
  /** The URL whose answer bore the challenge. */
  readonly asked: URL
  readonly access: Access
  readonly credential: Credential
}

/** Fetches the token that a Bearer challenge asks for. Throws `UNAUTHORIZED`, `DENIED`, `REGISTRY_REJECTED`. */
export async function fetchToken(wanted: TokenRequest, send: Send): Promise<string> {
  const request = tokenRequest(wanted)
  const response = await send(request)
  if (response.status !== 200) throw responseError(request, response)
  if (response.truncated) throw unusable('the token server’s answer is larger than 128 KiB')
  return readToken(response.body)
}

/** Makes the `Authorization` value of a name and password (RFC 7617). */
export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function tokenRequest({ challenge, asked, access, credential }: TokenRequest): Request {
  const { realm, service, scope } = challenge.parameters
  const url = parseRealm(realm, asked)
  const vetRedirect = (target: URL): void => {
    vetTokenServer(target, asked)
  }
  if (service !== undefined && service !== '') url.searchParams.set('service', service)
  url.searchParams.set('scope', chooseScope(scope, access))
  const headers = credential.kind === 'basic' ? { authorization: basicAuthorization(credential) } : {}
  return {
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...headers },
    limit: MAXIMUM_TOKEN_BYTES,
    vetRedirect
  }
}

function readToken(body: Uint8Array): string {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body))
    if (typeof answer === 'object' && answer !== null) {
      const { token, access_token: accessToken } = answer as Record<string, unknown>
      // Quirk: Harbor sends the one of the two that it does not use as an empty string.
      const found = [token, accessToken].find(
        value => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
      )
      if (typeof found === 'string') return found
    }
  } catch {
    // Not JSON: there is no token in it.
  }
  throw unusable('the token server’s answer holds no token')
}
