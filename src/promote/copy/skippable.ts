/** Tells which errors with an attachment end a promotion, and which only skip the attachment. */
import { type ErrorCode, PromotionError } from '../../oci/errors.ts'

// Errors that another run would get again. A broken connection is not one of them.
const permanent: readonly ErrorCode[] = [
  'UNAUTHORIZED',
  'DENIED',
  'REGISTRY_REJECTED',
  'MANIFEST_UNSUPPORTED',
  'SOURCE_NOT_FOUND'
]

/** Tells whether an error means that an attachment is to be skipped: the registry lacks the right or the feature for it. */
export function isSkippable(error: unknown): error is PromotionError {
  return error instanceof PromotionError && permanent.includes(error.code)
}

/** Reads something; gives `denied` where the registry denies it. Some answer 403 for what does not exist (Artifactory). */
export async function orDenied<T, const D>(read: () => Promise<T>, denied: D): Promise<T | D> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof PromotionError && error.code === 'DENIED') return denied
    throw error
  }
}
