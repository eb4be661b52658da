/** Collects the mistakes of all inputs, so that they can be reported together. */
import { PromotionError } from '../../oci/errors.ts'

/** All mistakes found so far. */
export class Mistakes {
  readonly #found: { input: string; error: PromotionError }[] = []

  /** Does what may find a mistake in an input; undefined when it did. */
  attempt<T>(input: string, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof PromotionError)) throw error
      this.add(input, error)
      return undefined
    }
  }

  /** Adds a mistake that was found in an input. */
  add(input: string, error: PromotionError): void {
    this.#found.push({ input, error })
  }

  /** Throws all that was found, if anything was: as `REFERENCE_INVALID` when it is about references alone, else as `INPUT_INVALID`. */
  throwAny(): void {
    if (this.#found.length === 0) return
    const lines = this.#found.map(({ input, error }) =>
      `${input}: ${error.message}. ${error.advice ?? ''}`.trimEnd()
    )
    const code = this.#found.every(({ error }) => error.code === 'REFERENCE_INVALID')
      ? 'REFERENCE_INVALID'
      : 'INPUT_INVALID'
    const [only] = lines
    throw new PromotionError(
      code,
      lines.length === 1 && only !== undefined
        ? only
        : `${lines.length.toString()} mistakes in the inputs:\n${lines.join('\n')}`,
      {
        advice:
          'No registry was contacted. Change the workflow, or what it was started with, and start a new run: "Re-run jobs" runs the old one again.'
      }
    )
  }
}

/** Why an input is empty that the workflow sets. */
export const EMPTY_EXPRESSION =
  'An expression in it has no value, such as the output of a job that is not in "needs".'

/** Makes the error of a mistake: what is wrong, and what to write instead. */
export function wrong(what: string, advice: string): PromotionError {
  return new PromotionError('INPUT_INVALID', what, { advice })
}

/** Makes the error of a reference that is malformed: what is wrong, and what to write instead. */
export function malformed(what: string, advice: string): PromotionError {
  return new PromotionError('REFERENCE_INVALID', what, { advice })
}
