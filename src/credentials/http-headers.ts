/** `HttpHeaders` of Docker's config.json: headers for the registries that the file names. */
import { printable } from '../oci/printable.ts'
import type { Repository } from '../oci/reference.ts'
import { type DockerConfig, asObject, asText, malformed, namesRegistry } from './docker-config.ts'

/** The most headers in a file. */
export const MAXIMUM_HEADERS = 32

/** The most characters in all headers of a file together. */
export const MAXIMUM_HEADERS_LENGTH = 8192

// RFC 9110, 5.1 and 5.5.
const NAME = /^[\w!#$%&'*+.^`|~-]+$/
const VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/
// Set by the login, by Retag itself, or for the connection.
const RESERVED =
  /^(?:(?:proxy-)?authorization|proxy-.*|user-agent|host|accept(?:-.*)?|content-.*|range|if-.*|expect|connection|keep-alive|te|trailer|transfer-encoding|upgrade)$/

/**
 * Returns a file's headers for the registry of a repository, with names in lower case; none if the file does not name the registry.
 * Reserved names are ignored: old versions of Docker wrote a `User-Agent`. Throws `CREDENTIALS_UNREADABLE` for malformed headers, or too
 * many.
 */
export function headersIn(config: DockerConfig, repository: Repository): Readonly<Record<string, string>> {
  if (!namesRegistry(config, repository)) return {}
  const { origin, httpHeaders } = config
  const given = Object.entries(asObject(httpHeaders ?? {}, origin, '"HttpHeaders"'))
  const headers = given
    .map(([name, value]) => readHeader(name, value, origin))
    .filter(([name]) => !RESERVED.test(name))
  const length = headers.flat().join('').length
  if (headers.length > MAXIMUM_HEADERS || length > MAXIMUM_HEADERS_LENGTH)
    throw malformed(
      origin,
      `"HttpHeaders" has more than ${MAXIMUM_HEADERS.toString()} headers or ${MAXIMUM_HEADERS_LENGTH.toString()} characters`
    )
  return Object.fromEntries(headers)
}

function readHeader(name: string, value: unknown, origin: string): readonly [string, string] {
  const where = `"HttpHeaders", "${printable(name)}"`
  if (!NAME.test(name)) throw malformed(origin, `${where} is not a header name`)
  const text = asText(value, origin, where)
  if (!VALUE.test(text)) throw malformed(origin, `${where} is not a header value`)
  return [name.toLowerCase(), text]
}
