/** Tests of parsing JSON within bounds. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isObject, parseJson } from '../../src/oci/json.ts'
import { hostileTexts } from '../../testing/hostile.ts'

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('parseJson', () => {
  test('reads text and bytes', () => {
    expect(parseJson('{"a":[1,"b"]}')).toEqual({ a: [1, 'b'] })
    expect(parseJson(Buffer.from('"é"'))).toBe('é')
  })

  test.each(['', 'no', '{"a":1', '{"a":"', '"\\'])('throws SyntaxError for %j', text => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })

  test('takes 64 levels, and no more', () => {
    expect(() => parseJson(nested(64))).not.toThrow()
    expect(() => parseJson(nested(65))).toThrow(SyntaxError)
    expect(() => parseJson('{"a":'.repeat(65) + '1' + '}'.repeat(65))).toThrow(SyntaxError)
  })

  test('takes 250,000 values, and no more', () => {
    const listOf = (count: number): string => `[${'1,'.repeat(count - 1)}1]`
    expect(parseJson(listOf(249_999))).toHaveLength(249_999)
    expect(() => parseJson(listOf(250_000))).toThrow(/values/)
  })

  test('counts no brackets that are closed', () => {
    expect(() => parseJson(`[${'[],{},'.repeat(99)}1]`)).not.toThrow()
  })

  test('comes to an end with what is no JSON', () => {
    fc.assert(
      fc.property(hostileTexts, text => {
        expect(() => parseJson(`{"a${text}`)).toThrow(SyntaxError)
      })
    )
  })

  test('counts nothing within strings', () => {
    const text = JSON.stringify(`\\"${'[{,'.repeat(300_000)}`)
    expect(parseJson(text)).toHaveLength(900_002)
  })
})

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['a', false],
  [undefined, false]
])('isObject of %j is %s', (value, is) => {
  expect(isObject(value)).toBe(is)
})
