/** Tells which failures with attachments end a promotion, and which only leave something behind. */
import { type ErrorCode, PromotionError } from '../../oci/errors.ts'

// What another run would fail at too. A broken connection is not among them: the next run may well take all along.
const lasting: readonly ErrorCode[] = [
  'UNAUTHORIZED',
  'DENIED',
  'REGISTRY_REJECTED',
  'MANIFEST_UNSUPPORTED',
  'SOURCE_NOT_FOUND'
]

/** Tells whether an error means that a registry lacks the right or the feature for an attachment. */
export function isLeftBehind(error: unknown): error is PromotionError {
  return error instanceof PromotionError && lasting.includes(error.code)
}
