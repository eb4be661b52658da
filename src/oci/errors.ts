/** The one error class of Retag, with its closed list of codes. */

/** Every code an error can bear; docs/troubleshooting.md has one heading for each. */
export const errorCodes = [
  'INPUT_INVALID',
  'REFERENCE_INVALID',
  'SOURCE_NOT_FOUND',
  'MANIFEST_UNSUPPORTED',
  'PLATFORM_MISSING',
  'DIGEST_MISMATCH',
  'TARGET_PROTECTED',
  'CREDENTIALS_UNREADABLE',
  'UNAUTHORIZED',
  'DENIED',
  'REGISTRY_REJECTED',
  'REGISTRY_UNAVAILABLE',
  'TIMED_OUT',
  'CANCELLED'
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** Optional parts of an error. */
export interface ErrorDetails {
  /** What the user can do about it, as a sentence. */
  readonly advice?: string | undefined
  /** Whether a registry refused a manifest because it lacks something that the manifest lists. */
  readonly isContentMissing?: boolean | undefined
  /** The error behind this one. */
  readonly cause?: unknown
}

/** An error that ends a promotion: what was tried, what the registry said, and what to do. */
export class PromotionError extends Error {
  override readonly name = 'PromotionError'
  readonly code: ErrorCode
  readonly advice: string | undefined
  readonly isContentMissing: boolean

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.advice = details.advice
    this.isContentMissing = details.isContentMissing ?? false
  }
}

/** Wraps an error once more, putting what was being done before its message; code and advice stay. */
export function during(doing: string, error: unknown): unknown {
  if (!(error instanceof PromotionError)) return error
  return new PromotionError(error.code, `${doing}: ${error.message}`, {
    advice: error.advice,
    isContentMissing: error.isContentMissing,
    cause: error
  })
}

/** Tells whether a later attempt may succeed: there was no answer, or the registry is unavailable for now. */
export function isUnavailable(error: unknown): error is PromotionError {
  return error instanceof PromotionError && ['REGISTRY_UNAVAILABLE', 'TIMED_OUT'].includes(error.code)
}
