/** Turns a registry's refusal into a `PromotionError`: what was asked, what the registry said, what to do. */
import { type ErrorCode, PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import { denialAdvice } from './auth/advice.ts'
import { type Request, type Response, describeRequest, isSameOrigin } from './http/message.ts'

const MAXIMUM_SAID = 3

/** Makes the error of a response whose status says that the request was not done. */
export function responseError(request: Request, response: Response): PromotionError {
  const said = readErrorBody(response.body)
  const code = codeOf(response, said)
  const asked = describeRequest({ method: request.method, url: response.url })
  const message = `${said || unexplained(request)} (${asked} → status ${response.status.toString()})`
  return new PromotionError(code, message, { advice: adviceOn(code, said, { request, response }) })
}

/**
 * Reads what a registry says in an error body, as `CODE: message` (OCI distribution specification, *Error codes*), or the
 * text itself where it is none of that form; empty when it says nothing.
 */
export function readErrorBody(body: Uint8Array): string {
  const text = new TextDecoder().decode(body)
  try {
    const answer: unknown = JSON.parse(text)
    // Quirk: Quay's refusal is `true`.
    if (answer === null || ['boolean', 'number'].includes(typeof answer)) return ''
    const said = readErrors(answer)
    if (said.length > 0) return said.slice(0, MAXIMUM_SAID).join('; ')
  } catch {
    // Plain text, HTML or XML, of a proxy as a rule: shown without its tags.
  }
  return printable(text.replace(/<(style|script)\b[\s\S]*?(?:<\/\1\s*>|$)|<[^>]*>?/gi, ' '))
}

function readErrors(body: unknown): string[] {
  if (!isObject(body)) return []
  // Quirk: zot sends a bare error object, Docker Hub `details` or `message` alone.
  const errors: unknown[] = Array.isArray(body.errors) ? body.errors : [body]
  return errors.filter(isObject).flatMap(error => {
    // Quirk: what Artifactory means is in `detail.description`; its message is the same for all.
    const described = isObject(error.detail) ? error.detail.description : undefined
    const parts = [error.code, error.message ?? error.details ?? error.detail, described]
    const said = parts.filter(part => typeof part === 'string' && part !== '').join(': ')
    return said === '' ? [] : [printable(said)]
  })
}

function codeOf(response: Response, said: string): ErrorCode {
  const { status } = response
  if (status === 401) return isKnown(response) ? 'DENIED' : 'UNAUTHORIZED'
  // Quirk: ECR Public denies with 400.
  if (status === 403 || (status === 400 && said.startsWith('DENIED'))) return 'DENIED'
  return status === 408 || status === 429 || status >= 500 ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REJECTED'
}

/** Tells whether a 401 goes to somebody whom the registry knows: distribution answers 401 also for want of rights. */
function isKnown({ headers, shown }: Response): boolean {
  return shown !== undefined && (headers['www-authenticate'] ?? '').includes('insufficient_scope')
}

function unexplained({ method }: Request): string {
  return method === 'HEAD'
    ? 'the registry refused (an answer to HEAD says no more)'
    : 'the registry refused without a word'
}

interface Exchange {
  readonly request: Request
  readonly response: Response
}

function adviceOn(code: ErrorCode, said: string, exchange: Exchange): string {
  if (code === 'REGISTRY_UNAVAILABLE') return 'The registry cannot answer now. Run the job again in a while.'
  if (IMMUTABLE.test(said))
    return 'The registry protects this tag from being moved. Choose a new tag, or change the rule in the registry.'
  return code === 'REGISTRY_REJECTED'
    ? 'Check that the repository exists and accepts this kind of image.'
    : adviceOnDenial(said, exchange)
}

function adviceOnDenial(said: string, { request: { access, url }, response }: Exchange): string {
  if (access === undefined || !isSameOrigin(response.url, url))
    return 'This server gets no login from Retag. Check that the registry is the one you mean.'
  return denialAdvice({
    registry: access.repository.registry,
    actions: access.actions,
    said,
    shown: response.shown,
    traces: `${url.href} ${response.headers['www-authenticate'] ?? ''}`
  })
}

// Registries agree neither on a status nor on a code for a tag that must not move (registries.md 10).
const IMMUTABLE = /immutab|cannot be overwritten|already exists|does not allow updating|disallowed/i

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
