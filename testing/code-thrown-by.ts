/** Errors of parsers: a test names the code that it expects, never the message. */
import { type ErrorCode, PromotionError } from '../src/oci/errors.ts'

/** Runs a function and returns the code of the `PromotionError` that it throws; undefined if it throws nothing. Rethrows other errors. */
export function codeThrownBy(work: () => unknown): ErrorCode | undefined {
  return errorThrownBy(work)?.code
}

/** Runs a function and returns the `PromotionError` that it throws; undefined if it throws nothing. Rethrows other errors. */
export function errorThrownBy(work: () => unknown): PromotionError | undefined {
  try {
    work()
  } catch (error) {
    if (error instanceof PromotionError) return error
    throw error
  }
  return undefined
}
