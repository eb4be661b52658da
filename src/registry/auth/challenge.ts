/**
 * Parses `WWW-Authenticate` (RFC 9110, 11.6.1):
 *
 *     header    := challenge ("," challenge)*
 *     challenge := scheme (SP (token68 | parameter ("," parameter)*))?
 *     parameter := token "=" (token | quoted-string)
 *
 * Quirk: zot leaves values unquoted, even those with spaces; Nexus writes BASIC; Gitea sends two challenges in one header.
 */

import type { Response } from '../http/message.ts'

/** A challenge: an authentication scheme that the server offers, and its parameters. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string
  /** By name in lower case; the first of two parameters with the same name counts. */
  readonly parameters: Readonly<Record<string, string | undefined>>
}

const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
const SCHEME = new RegExp(`^[\\s,]*(${TOKEN})(?=\\s|,|$)\\s*`)
const PARAMETER = new RegExp(
  `^[\\s,]*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]*(?: [^\\s",=]+)*))(?=\\s*(?:,|$))`
)
const TOKEN68 = /^[\w.~+/-]+=*(?=\s*(?:,|$))/
const MAXIMUM_LENGTH = 16 * 1024

/** Reads the challenges of a response, in order. */
export function challengesOf({ headers }: Pick<Response, 'headers'>): Challenge[] {
  return parseChallenges(headers['www-authenticate'] ?? '')
}

/** Parses the challenges of a header, in order. Stops at what it does not understand, and keeps what came before. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let rest = header.slice(0, MAXIMUM_LENGTH)
  for (let scheme = SCHEME.exec(rest); scheme; scheme = SCHEME.exec(rest)) {
    rest = rest.slice(scheme[0].length).replace(TOKEN68, '')
    const [parameters, remainder] = parseParameters(rest)
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters })
    rest = remainder
  }
  return challenges
}

function parseParameters(text: string): [Challenge['parameters'], string] {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>
  let rest = text
  for (let match = PARAMETER.exec(rest); match; match = PARAMETER.exec(rest)) {
    const [whole, name = '', quoted, bare = ''] = match
    parameters[name.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? bare
    rest = rest.slice(whole.length)
  }
  return [parameters, rest]
}
