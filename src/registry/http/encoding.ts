/**
 * Content encodings. Digests cover the bytes as sent, and a decompressed body may be of any size: Retag asks for none
 * (`accept-encoding: identity`) and decodes none.
 */
import { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { type Request, type Response, describeRequest } from './message.ts'

/**
 * Passes on a response without content encoding. The body of an encoded error is dropped. Throws `REGISTRY_REJECTED` for an
 * encoded body that Retag would parse; streams are checked by digest instead, because some stores send a wrong encoding.
 */
export function unencoded(request: Request, response: Response): Response {
  const encoding = (response.headers['content-encoding'] ?? '').trim()
  if (response.body.length === 0 || /^(?:identity)?$/i.test(encoding)) return response
  if (response.status >= 400) return { ...response, body: new Uint8Array() }
  if (request.method !== 'GET' || response.status !== 200) return response
  throw new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest(request)}: the response is encoded ("${printable(encoding)}") although Retag asked for identity`,
    { advice: 'This is usually a proxy. Configure it to pass responses through unchanged.' }
  )
}
