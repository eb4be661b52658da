/** Looks at the errors of parsers: a test names the code it expects, never the sentence. */
import { type ErrorCode, PromotionError } from '../src/oci/errors.ts'

/** Does some work and gives the code of the `PromotionError` it throws; undefined when it throws nothing. Any other error passes. */
export function codeThrownBy(work: () => unknown): ErrorCode | undefined {
  return errorThrownBy(work)?.code
}

/** Does some work and gives the `PromotionError` it throws; undefined when it throws nothing. Any other error passes. */
export function errorThrownBy(work: () => unknown): PromotionError | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof PromotionError) return error
    throw error
  }
  return undefined
}
