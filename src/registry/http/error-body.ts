/** Reads the body of a registry's error (OCI distribution specification, *Error codes*). */
import { isObject, parseJson } from '../../oci/json.ts'
import { printable } from '../../oci/printable.ts'
import { type Request, type Response, describeRequest } from './message.ts'

const MAXIMUM_ERRORS = 3

// Where registries put their explanation: Artifactory, Quay, zot, others; distribution names the missing digest.
const explanations: readonly string[] = ['description', 'error', 'reason', 'message', 'digest']

/**
 * Reads an error body as `CODE: message: detail`; a body of another form is returned as text, empty if it says nothing. At most
 * three errors of 300 characters each.
 */
export function readErrorBody(body: Uint8Array): string {
  const text = new TextDecoder().decode(body)
  try {
    const answer = parseJson(text)
    // Quirk: Quay's refusal is `true`.
    if (answer === null || ['boolean', 'number'].includes(typeof answer)) return ''
    const errors = readErrors(answer)
    if (errors.length > 0) return errors.slice(0, MAXIMUM_ERRORS).join('; ')
  } catch {
    // Plain text, HTML or XML, usually a proxy's: shown without its tags.
  }
  return printable(text.replace(/<(style|script)\b[\s\S]*?(?:<\/\1\s*>|$)|<[^>]*>?/gi, ' '))
}

/** Tells whether a body is a web page, usually a login page or a proxy's. */
export function isWebPage(body: Uint8Array): boolean {
  return /^\s*<[!a-z]/i.test(new TextDecoder().decode(body.subarray(0, 64)))
}

/** Explains a refusal in one line: the registry's message, the request and the status. */
export function explainRefusal({ method }: Request, { url, status, body }: Response): string {
  const unexplained =
    method === 'HEAD'
      ? 'the registry refused (an answer to HEAD says no more)'
      : 'the registry gave no error message'
  return `${readErrorBody(body) || unexplained} (${describeRequest({ method, url })} → status ${status.toString()})`
}

/** Tells whether a registry refuses a manifest because it lacks something that the manifest lists. */
export function isContentMissing(said: string): boolean {
  return /(?:BLOB|MANIFEST)_UNKNOWN|(?:blob|manifest) unknown|unknown (?:blob|manifest)/i.test(said)
}

function readErrors(body: unknown): string[] {
  if (!isObject(body)) return []
  // Quirk: zot sends a bare error object, Docker Hub `details` or `message` alone.
  const errors: unknown[] = Array.isArray(body.errors) ? body.errors : [body]
  return errors.filter(isObject).flatMap(error => {
    const stated = [error.code, error.message ?? error.details].filter(isText).join(': ')
    const detail = detailOf(error.detail)
    const said = detail === undefined || stated.includes(detail) ? stated : `${stated}: ${detail}`
    return said === '' ? [] : [printable(said.replace(/^: /, ''))]
  })
}

function detailOf(detail: unknown): string | undefined {
  if (isText(detail)) return detail
  return isObject(detail) ? explanations.map(name => detail[name]).find(isText) : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
