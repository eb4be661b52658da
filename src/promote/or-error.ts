/** Errors as values, for what is only looked at: it may be in the way of one target and of no other. */
import { PromotionError, during } from '../oci/errors.ts'

/** Does some work; a `PromotionError` that it throws is given in place of its result, with what was being done before its message. */
export async function orError<T>(doing: string, work: () => Promise<T>): Promise<T | PromotionError> {
  try {
    return await work()
  } catch (error) {
    const explained = during(doing, error)
    if (explained instanceof PromotionError) return explained
    throw explained
  }
}
