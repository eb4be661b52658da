/**
 * Where an upload continues (distribution specification, *Pushing blobs*). The `Location` of an answer may be
 *
 *     https://host/v2/a/blobs/uploads/1?_state=x     absolute, with a query that is kept as it is
 *     /v2/a/blobs/uploads/1                          relative (Azure, Gitea, zot)
 *     host/v2/a/blobs/uploads/1                      Quirk: without its scheme (containerd knows such registries)
 *     https://other/…                                on another origin, which gets no credential; but no private address
 */
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import { isLocalHost } from './http/local-host.ts'
import { type Access, type Request, type Response, describeRequest, isSameOrigin } from './http/message.ts'

/** An upload that has begun: the address of its next request, and the access that may be used there. */
export interface UploadLocation {
  readonly url: URL
  readonly access?: Access
  /** The registry, where the address is on another host. */
  readonly namedBy?: URL
}

/**
 * Reads where an upload continues after a request. Throws `REGISTRY_REJECTED` where the answer does not say, leads from https
 * to http, or to what only the runner can reach (GHSA-jxpm-75mh-9fp7).
 */
export function uploadLocation(request: Request, response: Response): UploadLocation {
  const { url: asked, access } = request
  const url = resolved(response.headers.location, asked)
  if (url === undefined)
    throw unusable(request, `to "${printable(response.headers.location ?? '')}", which is no address`)
  const why = objection(url, asked)
  if (why !== undefined) throw unusable(request, why)
  const namedBy = request.namedBy ?? asked
  return {
    url,
    ...(access && isSameOrigin(url, asked) && { access }),
    ...(namedBy.hostname !== url.hostname && { namedBy })
  }
}

function resolved(location: string | undefined, asked: URL): URL | undefined {
  const isBare = location?.startsWith(`${asked.host}/`) === true
  const named = isBare ? `${asked.protocol}//${location}` : location
  return named !== undefined && URL.canParse(named, asked.href) ? new URL(named, asked) : undefined
}

function objection(url: URL, asked: URL): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== asked.protocol)
    return `from ${asked.protocol} to ${printable(url.protocol)}`
  const isLocal = url.hostname !== asked.hostname && isLocalHost(url.hostname)
  return isLocal ? `to ${printable(url.origin)}, which is on this machine or in a private network` : undefined
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
