/** Tests of waiting: how often something is attempted, what is told meanwhile, and when it ends. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Attempt, patiently } from '../../src/promote/wait.ts'
import { type FakeClock, fakeClock } from './conduct.ts'

const MINUTE = 60_000
const missing = new PromotionError('SOURCE_NOT_FOUND', 'not there', { advice: 'wait' })

/** Attempts what is ready at the given attempt, and notes what is told. */
function waiting(
  limit: number,
  readyAt: number
): { result: Promise<string>; clock: FakeClock; told: number[]; attempts: () => number } {
  const clock = fakeClock()
  const told: number[] = []
  let attempts = 0
  const attempt = (): Promise<Attempt<string>> => {
    attempts++
    return Promise.resolve(
      attempts >= readyAt ? { kind: 'ready', value: 'here' } : { kind: 'missing', error: missing }
    )
  }
  const narrator = { waits: (_: PromotionError, left: number): void => void told.push(left) }
  return { result: patiently(attempt, { limit, clock, narrator }), clock, told, attempts: () => attempts }
}

describe('patiently', () => {
  test('waits for nothing that is ready', async () => {
    const { result, clock, told } = waiting(MINUTE, 1)
    expect(await result).toBe('here')
    expect(clock.slept).toStrictEqual([])
    expect(told).toStrictEqual([])
  })

  test('attempts again after 2 seconds, then ever later, but never after more than 15', async () => {
    const { result, clock } = waiting(10 * MINUTE, 9)
    expect(await result).toBe('here')
    expect(clock.slept).toStrictEqual([2000, 3000, 4500, 6750, 10_125, 15_000, 15_000, 15_000])
  })

  test('tells what is missing at once, and every minute from then on', async () => {
    const { result, told } = waiting(3 * MINUTE, Infinity)
    await expect(result).rejects.toThrow()
    expect(told).toHaveLength(3)
    expect(told[0]).toBe(3 * MINUTE)
    for (const [index, left] of told.entries()) expect(left).toBeLessThanOrEqual(3 * MINUTE - index * MINUTE)
  })

  test('attempts for the last time when the time is over, and throws what is missing', async () => {
    const { result, clock } = waiting(20_000, Infinity)
    await expect(result).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: 'waited for 20 s: not there',
      advice: 'wait'
    })
    expect(clock.slept.reduce((sum, each) => sum + each)).toBe(20_000)
  })

  test('attempts once, and throws what is missing as it is, where there is no time at all', async () => {
    const { result, told, attempts } = waiting(0, Infinity)
    await expect(result).rejects.toBe(missing)
    expect(attempts()).toBe(1)
    expect(told).toStrictEqual([])
  })

  test('is ended by an error', async () => {
    const denied = new PromotionError('DENIED', 'no')
    const clock = fakeClock()
    const narrator = { waits: (): void => undefined }
    const result = patiently(() => Promise.reject(denied), { limit: MINUTE, clock, narrator })
    await expect(result).rejects.toBe(denied)
    expect(clock.slept).toStrictEqual([])
  })
})
