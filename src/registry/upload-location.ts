/**
 * Where an upload goes on (distribution specification, *Pushing blobs*). The `Location` of an answer may be
 *
 *     https://host/v2/a/blobs/uploads/1?_state=x     absolute, with a query that is kept as it is
 *     /v2/a/blobs/uploads/1                          relative (Azure, Gitea, zot)
 *     host/v2/a/blobs/uploads/1                      Quirk: without its scheme (containerd knows such registries)
 *     https://other/…                                on another origin, which gets no credential
 */
import type { Digest } from '../core/digest.ts'
import { PromotionError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { type Access, type Request, type Response, describeRequest } from './http.ts'

/** An upload that has begun: the address that its next request goes to, and the access that may be shown there. */
export interface UploadLocation {
  readonly url: URL
  readonly access?: Access
}

/**
 * Reads where an upload goes on after a request. Throws `REGISTRY_REJECTED` where the answer does not say, or leads from
 * https to http.
 */
export function uploadLocation(request: Request, response: Response): UploadLocation {
  const { location } = response.headers
  const { url: asked, access } = request
  const isBare = location?.startsWith(`${asked.host}/`) === true
  const named = isBare ? `${asked.protocol}//${location}` : location
  if (named === undefined || !URL.canParse(named, asked.href))
    throw unusable(request, `to "${printable(named ?? '')}", which is no address`)
  const url = new URL(named, asked)
  if (url.protocol !== 'https:' && url.protocol !== asked.protocol)
    throw unusable(request, `from ${asked.protocol} to ${printable(url.protocol)}`)
  return { url, ...(access && url.origin === asked.origin && { access }) }
}

/** Makes the address that ends an upload, by naming what was uploaded; the query there is stays as it is. */
export function closingUrl({ url }: UploadLocation, digest: Digest): URL {
  const closing = new URL(url)
  closing.search = `${url.search}${url.search === '' ? '?' : '&'}digest=${digest}`
  return closing
}

function unusable(request: Request, where: string): PromotionError {
  return new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest(request)}: the registry leads the upload ${where}`,
    {
      advice:
        'Check that the registry is the one you mean. Behind a proxy, its administrator has to tell it its own address (X-Forwarded-Proto).'
    }
  )
}
