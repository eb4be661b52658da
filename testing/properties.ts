/**
 * How often the properties of all tests run: sixty times, or many times that in `npm run fuzz`. A test that should run more often
 * uses `tries`.
 */
import { jest } from '@jest/globals'

/** The factor on the usual number of runs. */
const factor = Number(process.env.RETAG_FUZZ ?? '1')

/** Returns fast-check's parameters for a usual number of runs. */
export function tries(usually: number): { readonly numRuns: number } {
  return { numRuns: usually * factor }
}

if (factor > 1) jest.setTimeout(30_000 * factor)
