/**
 * Where a redirect leads, and which headers may follow it there:
 *
 *     the redirect leads                     of a read                        of a write
 *     within the origin                      followed, with the credential    followed, if it is 307 or 308
 *     to another origin                      followed, with no more than      an error
 *                                            accept and range
 *     from https to http, or to no valid URL   refused                          an error
 *     a sixth time                           refused                          an error
 */
import { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { type Request, type Response, type Send, describeRequest, isSameOrigin } from './message.ts'

const MAXIMUM_REDIRECTS = 5
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
// All others are for the registry only: the credential, and headers that the user's configuration has for it.
const HARMLESS: readonly string[] = ['accept', 'range']
// Those that keep method and body (RFC 9110, 15.4).
const REPEATING_REDIRECTS: readonly number[] = [307, 308]

/**
 * Follows at most five redirects: all of a read, and 307 and 308 of a write within its origin, as some gateways send. Other redirects
 * of a write are returned: its body never goes to another origin.
 */
export function followingRedirects(send: Send): Send {
  return async first => {
    let request = first
    for (let hop = 0; hop <= MAXIMUM_REDIRECTS; hop++) {
      const response = await send(request)
      if (!isRedirect(request, response)) return response
      request = nextHop(request, response)
    }
    throw refused(first, `it redirects more than ${MAXIMUM_REDIRECTS.toString()} times`)
  }
}

/**
 * Makes the request that a redirect asks for. Most headers follow within one origin (scheme, host and port) only.
 * Throws `REGISTRY_REJECTED` for a redirect to an invalid URL, from https to http, or to where the request forbids.
 */
export function nextHop(request: Request, response: Response): Request {
  const location = response.headers.location
  if (location === undefined || !URL.canParse(location, request.url.href)) {
    throw refused(request, `it redirects to "${printable(location ?? '')}", which is not a valid URL`)
  }
  const url = new URL(location, request.url)
  if (url.protocol !== 'https:' && url.protocol !== request.url.protocol) {
    throw refused(request, `it redirects from ${request.url.protocol} to ${printable(url.protocol)}`)
  }
  request.vetRedirect?.(url)
  if (isSameOrigin(url, request.url)) return { ...request, url }
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => HARMLESS.includes(name))
  )
  return { ...request, url, headers, namedBy: request.namedBy ?? request.url }
}

function isRedirect({ method, url }: Request, { status, headers }: Response): boolean {
  if (method === 'GET' || method === 'HEAD') return REDIRECTS.includes(status)
  const location = headers.location ?? ''
  return (
    REPEATING_REDIRECTS.includes(status) &&
    URL.canParse(location, url.href) &&
    isSameOrigin(new URL(location, url), url)
  )
}

function refused(request: Request, why: string): PromotionError {
  return new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest(request)}: the registry's redirect is refused: ${why}`,
    {
      advice: 'Check the name of the registry. A proxy may be answering for it.'
    }
  )
}
