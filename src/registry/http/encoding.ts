/**
 * Content encodings. A digest is of the bytes as they are, and what unpacks a body may make any amount of it: so none is asked
 * for (`accept-encoding: identity`), and none is undone.
 */
import { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { type Request, type Response, describeRequest } from './message.ts'

/**
 * Hands on a response whose body can be read as it is. What an encoded error says is dropped. Throws `REGISTRY_REJECTED` for
 * the encoded body of an answer that was to be read; a stream is left to its digest, for some stores name encodings wrongly.
 */
export function unencoded(request: Request, response: Response): Response {
  const encoding = (response.headers['content-encoding'] ?? '').trim()
  if (response.body.length === 0 || /^(?:identity)?$/i.test(encoding)) return response
  if (response.status >= 400) return { ...response, body: new Uint8Array() }
  if (request.method !== 'GET' || response.status !== 200) return response
  throw new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest(request)}: the answer is encoded ("${printable(encoding)}"), though it was asked for as it is`,
    { advice: 'A proxy in between does so, as a rule. Have it hand on what the registry sends as it is.' }
  )
}
