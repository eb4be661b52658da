/** What may be said of hostile answers. */
import { expect } from '@jest/globals'
import type { PromotionError } from '../../src/oci/errors.ts'

/** Expects an error to be one line of bounded length, with no command in it and nothing secret. */
export function expectHarmless(error: PromotionError | undefined): void {
  if (error === undefined) return
  expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|##\[|^::|secret/u)
  expect(error.message.length).toBeLessThan(1500)
}
