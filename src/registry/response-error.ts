/** Turns a registry's refusal into a `PromotionError`: what was asked, what the registry said, what to do. */
import { type ErrorCode, PromotionError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { type Request, type Response, describeRequest } from './http.ts'

const MAXIMUM_SAID = 3

/** Makes the error of a response whose status says that the request was not done. */
export function responseError(request: Request, response: Response): PromotionError {
  const said = readErrorBody(response.body)
  const code = codeOf(response.status)
  const sentence = said === '' ? unexplained(request) : said
  // A redirect may have led elsewhere: what is told is who answered.
  const answered = describeRequest({ method: request.method, url: response.url })
  const message = `${sentence} (${answered} → status ${response.status.toString()})`
  return new PromotionError(code, message, { advice: adviceOn(code, said) })
}

/**
 * Reads what a registry says in an error body, as `CODE: message` (OCI distribution specification, *Error codes*), or the
 * text itself where it is none of that form; empty when it says nothing.
 */
export function readErrorBody(body: Uint8Array): string {
  const text = new TextDecoder().decode(body)
  try {
    const said = readErrors(JSON.parse(text))
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
    const parts = [error.code, error.message ?? error.details ?? error.detail]
    const said = parts.filter(part => typeof part === 'string' && part !== '').join(': ')
    return said === '' ? [] : [printable(said)]
  })
}

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHORIZED'
  if (status === 403) return 'DENIED'
  return status === 408 || status === 429 || status >= 500 ? 'REGISTRY_UNAVAILABLE' : 'REGISTRY_REJECTED'
}

function unexplained({ method }: Request): string {
  return method === 'HEAD'
    ? 'the registry refused (an answer to HEAD says no more)'
    : 'the registry refused without a word'
}

function adviceOn(code: ErrorCode, said: string): string {
  if (code !== 'UNAUTHORIZED' && IMMUTABLE.test(said))
    return 'The registry protects this tag from being moved. Choose a new tag, or change the rule in the registry.'
  if (code === 'UNAUTHORIZED')
    return 'Give username and password that are valid for this registry, and check that they have not expired.'
  if (code === 'DENIED')
    return 'The credentials are known, but not allowed to do this. Give them the right to pull and push in this repository.'
  if (code === 'REGISTRY_UNAVAILABLE') return 'The registry cannot answer now. Run the job again in a while.'
  return 'Check that the repository exists and accepts this kind of image.'
}

// Registries agree neither on a status nor on a code for a tag that must not move (registries.md 10).
const IMMUTABLE = /immutab|cannot be overwritten|already exists|does not allow updating|disallowed/i

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
