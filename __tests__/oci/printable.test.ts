/** Tests of what is made of text that came from elsewhere. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { printable } from '../../src/oci/printable.ts'
import { wildText } from '../../testing/wild-text.ts'

const piece = fc.oneof(
  wildText,
  fc.string({ unit: fc.constantFrom('#', '[', ':', ' ', '\n', '\u200b', 'a', '😀') })
)
// Short texts, and such as reach over the limit.
const anyText = fc
  .tuple(piece, fc.constantFrom(0, 0, 295, 298, 299, 300, 301), piece)
  .map(([start, length, end]) => start + 'x'.repeat(length) + end)

describe('printable', () => {
  test.each([
    ['MANIFEST_UNKNOWN: no such manifest'],
    ['größer als 4 MiB – 漢字 😀'],
    ['a::b'],
    ['%0A'],
    ['']
  ])('leaves %p as it is', text => {
    expect(printable(text)).toBe(text)
  })

  test.each([
    ['a line end', 'a\nb'],
    ['a carriage return', 'a\r\nb'],
    ['a tab', 'a\tb'],
    ['a null', 'a\0b'],
    ['an escape', 'a\u001bb'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['a no-break space', 'a\u00a0b'],
    ['a zero-width space', 'a\u200bb'],
    ['a byte order mark', 'a\ufeffb'],
    ['a right-to-left override', 'a\u202eb'],
    ['an isolate', 'a\u2067b'],
    ['a tag character', 'a\u{e0041}b'],
    ['half a surrogate pair', 'a\ud83db'],
    ['many of them', 'a\n \u200b\t\r\nb']
  ])('makes one blank of %s', (_what, text) => {
    expect(printable(text)).toBe('a b')
  })

  test('takes blanks off both ends', () => {
    expect(printable(' \n a \u200b')).toBe('a')
  })

  test.each([
    ['a command at the start', '::error::x'],
    ['a command after blanks', ' \n ::error::x'],
    ['a command after an invisible mark', '\u200b::error::x'],
    ['a command of the old form', '##[error]x'],
    ['one of the old form within', 'a ##[error]x ##[group]y'],
    ['one behind more hashes', '###[error]x'],
    ['one with an invisible mark in it', '#\u200b#[error]x']
  ])('breaks up %s', (_what, text) => {
    expect(printable(text)).not.toMatch(/^\s*::|##\[/)
    // Nothing but blanks is added or lost.
    expect(printable(text).replace(/\s/g, '')).toBe(text.replace(/[\s\u200b]/g, ''))
  })

  test('gives one line of at most 300 characters, with no command in it and nothing invisible', () => {
    fc.assert(
      fc.property(anyText, text => {
        const line = printable(text)
        expect(line.length).toBeLessThanOrEqual(300)
        expect(line).not.toMatch(/^\s*::|##\[/)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(line).not.toMatch(/^\s|\s$|\s\s/)
      })
    )
  })

  test('shows that a text was cut', () => {
    expect(printable('x'.repeat(300))).toBe('x'.repeat(300))
    expect(printable('x'.repeat(301))).toMatch(/^x{290,299}…$/)
  })

  test('cuts no character in two', () => {
    expect(printable(`x${'😀'.repeat(300)}`)).toMatch(/^x(😀)+…$/u)
  })

  test('printed again, a text stays the same', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(printable(printable(text))).toBe(printable(text))
      })
    )
  })
})
