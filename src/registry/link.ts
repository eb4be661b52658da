/**
 * Reads the `Link` header of a paged answer (RFC 8288):
 *
 *     </v2/a/referrers/sha256:…?n=100&last=x>; rel="next"
 *     https://host/v2/a/…?last=x; rel=next               Quirk: Cloudflare, without the brackets and quotes
 */
import { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import { type Response, describeRequest, isSameOrigin } from './http/message.ts'

const NEXT = /(?:^|,)\s*(?:<([^>]*)>|([^\s,;<>]+))\s*;(?:[^,<]*;)?\s*rel="?next"?\s*(?=[;,]|$)/i

/**
 * Finds the address of the next page; undefined when this is the last. Throws `REGISTRY_REJECTED` for one on another
 * origin, which would be sent what is meant for the registry (GHSA-h7vf-4x9w-h99v).
 */
export function nextPage({ headers, url }: Response): URL | undefined {
  const [, bracketed, bare] = NEXT.exec(headers.link ?? '') ?? []
  const link = bracketed ?? bare
  if (link === undefined) return undefined
  const next = URL.canParse(link, url.href) ? new URL(link, url) : undefined
  if (next !== undefined && isSameOrigin(next, url)) return next
  throw new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest({ method: 'GET', url })}: the next page is said to be at "${printable(link)}", which is not at this registry`,
    { advice: 'Check that the registry is the one you mean; a proxy in between may answer in its place.' }
  )
}
