/**
 * Lists that come in pages, linked by the `Link` header (RFC 8288):
 *
 *     </v2/a/referrers/sha256:…?n=100&last=x>; rel="next"
 *     https://host/v2/a/…?last=x; rel=next               Quirk: Cloudflare, without the brackets and quotes
 */
import { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import { type Request, type Response, type Send, describeRequest, isSameOrigin } from './http/message.ts'

const NEXT = /(?:^|,)\s*(?:<([^>]*)>|([^\s,;<>]+))\s*;(?:[^,<]*;)?\s*rel="?next"?\s*(?=[;,]|$)/i
const TAG_LIST = /\/tags\/list\/?$/

/** One page of a list: what was asked and what was answered, whatever its status. */
export interface Page {
  readonly request: Request
  readonly response: Response
}

/**
 * Fetches a list page by page, each address once. Throws `REGISTRY_REJECTED` when there are more pages than `maximum`, or one is
 * on another origin.
 */
export async function* pagesOf(send: Send, first: Request, maximum: number): AsyncGenerator<Page> {
  const visited = new Set<string>()
  for (let url: URL | undefined = first.url; url !== undefined && !visited.has(url.href);) {
    if (visited.size === maximum) throw endless(first)
    visited.add(url.href)
    const request = { ...first, url }
    const response = await send(request)
    yield { request, response }
    url = nextPage(response)
  }
}

/** Makes the error of a list that is longer than any that is read. */
export function endless(request: Request): PromotionError {
  return new PromotionError('REGISTRY_REJECTED', `${describeRequest(request)}: the list does not end`, {
    advice: 'Check the host name of the registry; a proxy in between may be answering instead.'
  })
}

/**
 * Finds the address of the next page; undefined when this is the last. Throws `REGISTRY_REJECTED` for one on another
 * origin, which would receive the registry's credentials (GHSA-h7vf-4x9w-h99v).
 */
export function nextPage({ headers, url }: Response): URL | undefined {
  const [, bracketed, bare] = NEXT.exec(headers.link ?? '') ?? []
  const link = bracketed ?? bare
  if (link === undefined) return undefined
  const next = URL.canParse(link, url.href) ? new URL(link, url) : undefined
  if (next !== undefined && isSameOrigin(next, url)) {
    // Quirk: Artifactory's virtual repositories leave a part of their own path out.
    if (TAG_LIST.test(next.pathname)) next.pathname = url.pathname
    return next
  }
  throw new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest({ method: 'GET', url })}: the next page is said to be at "${printable(link)}", which is not at this registry`,
    { advice: 'Check the host name of the registry; a proxy in between may be answering instead.' }
  )
}
