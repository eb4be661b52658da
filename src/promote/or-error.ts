/** Errors as values, for reads: one may concern a single target. */
import { PromotionError, during } from '../oci/errors.ts'

/** Does some work; returns a `PromotionError` that it throws, with what was being done before its message. */
export async function orError<T>(doing: string, work: () => Promise<T>): Promise<T | PromotionError> {
  try {
    return await work()
  } catch (error) {
    const explained = during(doing, error)
    if (explained instanceof PromotionError) return explained
    throw explained
  }
}
