/** How Retry-After is read. */
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { parseRetryAfter } from '../../../src/registry/http/retry-after.ts'

const now = Date.UTC(2026, 0, 1)

describe('parseRetryAfter', () => {
  test.each([
    ['seconds', '7', 7_000],
    ['seconds with blanks around', ' 60 ', 60_000],
    ['fractions of a second, as some gateways send them', '0.0125', 13],
    ['many seconds', '86400', 86_400_000],
    ['a date', new Date(now + 90_000).toUTCString(), 90_000],
    ['a date in the obsolete form of RFC 850', 'Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['seconds since 1970 (Docker Hub)', String(now / 1000 + 42), 42_000]
  ])('reads %s', (_, value, wait) => {
    expect(parseRetryAfter(value, now)).toBe(wait)
  })

  test.each([
    ['nothing', undefined],
    ['an empty value', ''],
    ['zero', '0'],
    ['a negative number', '-5'],
    ['words', 'soon'],
    ['a date that has passed', new Date(now - 1000).toUTCString()],
    ['a moment since 1970 that has passed', String(now / 1000 - 1)],
    ['a number with a unit', '12.5ms'],
    ['two values', '1, 2'],
    ['infinity', 'Infinity'],
    ['a day that is none', 'Mon, the first']
  ])('has no use for %s', (_, value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined()
  })

  test('gives a positive whole number of milliseconds or nothing, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)), value => {
        const wait = parseRetryAfter(value, now)
        expect(wait === undefined || (Number.isInteger(wait) && wait > 0)).toBe(true)
      })
    )
  })
})
