/** Tests of patterns: what `*` and `?` stand for, and which rule counts. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { firstMatch, matches } from '../../src/promotion/pattern.ts'
import { tries } from '../../testing/properties.ts'
import { targetOf } from '../../testing/samples.ts'

const meanings: Readonly<Record<string, string>> = { '*': '.*', '?': '.', '.': '\\.' }

describe('matches', () => {
  test.each([
    ['latest', 'latest', true],
    ['latest', 'latest-1', false],
    ['latest', 'LATEST', false],
    ['v*', 'v', true],
    ['v*', 'v1.4.0', true],
    ['v*', 'dev', false],
    ['*', 'anything', true],
    ['*-rc.?', '1.0.0-rc.1', true],
    ['*-rc.?', '1.0.0-rc.10', false],
    ['?.?', '1.4', true],
    ['?.?', '1x4', false],
    ['?', '', false],
    ['**', '', true],
    ['*a*', 'bab', true],
    ['*ab', 'aab', true],
    ['1.*.0', '1.0.0.0', true],
    ['1.4', '1x4', false],
    ['', '', true],
    ['', 'a', false]
  ])('%j, %j: %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  test('agrees with a regular expression on every pattern', () => {
    const pattern = fc.array(fc.constantFrom('*', '?', 'a', 'b', '.'), { maxLength: 8 })
    const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 10 })
    fc.assert(
      fc.property(pattern, text, (signs, letters) => {
        const source = signs.map(sign => meanings[sign] ?? sign).join('')
        expect(matches(signs.join(''), letters.join(''))).toBe(
          new RegExp(`^${source}$`, 's').test(letters.join(''))
        )
      }),
      tries(2000)
    )
  })

  test('comes to an end where a regular expression would go through all ways to match', () => {
    expect(matches(`${'*a'.repeat(60)}b`, 'a'.repeat(128))).toBe(false)
  })
})

describe('firstMatch', () => {
  const rules = [
    { pattern: 'v1.*', value: 'first' },
    { pattern: 'v*', value: 'second' }
  ]

  test.each([
    ['v1.4', 'first'],
    ['v2.0', 'second'],
    ['latest', undefined]
  ])('%s: %s', (tag, value) => {
    expect(firstMatch(rules, targetOf(tag).tag)).toBe(value)
  })
})
