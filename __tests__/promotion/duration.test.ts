/** Tests of durations: as they are written, and as they are printed. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatDuration, parseDuration } from '../../src/promotion/duration.ts'
import { hostileTexts } from '../../testing/hostile.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['90', 90_000],
    ['90s', 90_000],
    ['10m', 600_000],
    ['10 m', 600_000],
    ['1h', 3_600_000],
    ['120h', 432_000_000]
  ])('reads %s', (text, duration) => {
    expect(parseDuration(text)).toBe(duration)
  })

  test.each(['', '-1', '1.5h', '10min', 'h', '1h30m', '121h', '1e3', '9'.repeat(400)])(
    'does not take %j for a duration',
    text => {
      expect(codeThrownBy(() => parseDuration(text))).toBe('INPUT_INVALID')
    }
  )

  test('reads any text as at most five days, or refuses it by code', () => {
    fc.assert(
      fc.property(fc.oneof(hostileTexts, fc.stringMatching(/^[0-9]{0,10} ?[smhd]?$/)), text => {
        const code = codeThrownBy(() => {
          expect(parseDuration(text)).toBeLessThanOrEqual(5 * 24 * 3_600_000)
        })
        expect([undefined, 'INPUT_INVALID']).toContain(code)
      })
    )
  })
})

describe('formatDuration', () => {
  test.each([
    [0, '0 s'],
    [1, '1 s'],
    [45_000, '45 s'],
    [90_000, '1 min 30 s'],
    [600_000, '10 min'],
    [3_600_000, '1 h'],
    [5_405_000, '1 h 30 min 5 s']
  ])('%d', (duration, text) => {
    expect(formatDuration(duration)).toBe(text)
  })
})
