/** Tests of the list grammar. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { splitList } from '../../../src/action/inputs/lists.ts'
import { wildText } from '../../../testing/wild-text.ts'

describe('splitList', () => {
  test.each([
    ['', []],
    [' \n\r\n\t, ,,', []],
    ['a', ['a']],
    ['a\nb', ['a', 'b']],
    ['a\r\nb\r\n', ['a', 'b']],
    ['a,b, c', ['a', 'b', 'c']],
    ['a b\tc', ['a', 'b', 'c']],
    ['a,\n\n  b  ,c ', ['a', 'b', 'c']],
    ['a\na', ['a', 'a']],
    ['# comment\na', ['a']],
    ['  # a, b\na', ['a']],
    ['#a', []],
    ['a\n#b\nc', ['a', 'c']],
    ['a#b', ['a#b']],
    ['ghcr.io/acme/app:1\nacme/app@sha256:0', ['ghcr.io/acme/app:1', 'acme/app@sha256:0']]
  ])('splits %j into %j', (text, items) => {
    expect(splitList(text)).toStrictEqual(items)
  })

  const item = fc.stringMatching(/^[a-z0-9/:@._-]{1,10}$/)
  const separator = fc.constantFrom('\n', '\r\n', ',', ' ', ', ', '\n\n', ' ,\n\t', '\n# a, b\n')

  test('finds the items again, whatever parts them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(item, separator)), pairs => {
        const text = pairs.map(([name, end]) => name + end).join('')
        expect(splitList(text)).toStrictEqual(pairs.map(([name]) => name))
      })
    )
  })

  test('finds no blank, comma or line end in any item', () => {
    fc.assert(
      fc.property(wildText, text => {
        for (const found of splitList(text)) expect(found).toMatch(/^[^\s,]+$/)
      })
    )
  })
})
