/**
 * How often the properties of all tests are tried, read in one place: sixty times, or, in `npm run fuzz`, many
 * times that. A test that is worth more tries than others says so by `tries`.
 */
import { jest } from '@jest/globals'

/** How many times as often as usual. */
const factor = Number(process.env.RETAG_FUZZ ?? '1')

/** Tells fast-check how often to try what is usually tried so often. */
export function tries(usually: number): { readonly numRuns: number } {
  return { numRuns: usually * factor }
}

if (factor > 1) jest.setTimeout(30_000 * factor)
