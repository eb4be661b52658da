/** Tests of durations: as they are written, and as they are printed. */
import { describe, expect, test } from '@jest/globals'
import { formatDuration, parseDuration } from '../../src/core/duration.ts'
import { codeThrownBy } from './code-thrown-by.ts'

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
