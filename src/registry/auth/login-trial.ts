/**
 * Keeps a wrong password from being sent again and again: accounts get locked and addresses banned. Until a registry has
 * accepted a login, one request at a time tries it. Once it is refused, it is not sent to that registry again.
 */
import { type ErrorCode, PromotionError } from '../../oci/errors.ts'

/** One login at one registry and its token server. */
export class LoginTrial {
  #isAccepted = false
  #refusal: PromotionError | undefined
  #trial: Promise<unknown> | undefined

  /**
   * Runs `work`, which sends the login, after any request that is trying it. `judge` tells whether the result shows that the login
   * was accepted, or returns the error if it was refused. An error with one of `codes` is a refusal too. Throws the refusal, also
   * that of an earlier request.
   */
  async send<T>(
    work: () => Promise<T>,
    judge: (result: T) => boolean | PromotionError,
    codes: readonly ErrorCode[] = ['UNAUTHORIZED', 'DENIED']
  ): Promise<T> {
    while (this.#trial !== undefined) await this.#trial
    if (this.#refusal) throw this.#refusal
    if (this.#isAccepted) return work()
    const trial = this.#try(work, judge, codes)
    this.#trial = trial.catch(() => undefined)
    return trial
  }

  async #try<T>(
    work: () => Promise<T>,
    judge: (result: T) => boolean | PromotionError,
    codes: readonly ErrorCode[]
  ): Promise<T> {
    try {
      const result = await work()
      const verdict = judge(result)
      if (verdict instanceof PromotionError) throw verdict
      this.#isAccepted = verdict
      return result
    } catch (error) {
      if (error instanceof PromotionError && codes.includes(error.code)) this.#refusal = error
      throw error
    } finally {
      this.#trial = undefined
    }
  }
}
