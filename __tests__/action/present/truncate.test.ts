/** Tests of fitting a page into what the runner takes. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MAXIMUM_SUMMARY_BYTES, fitting } from '../../../src/action/present/truncate.ts'

const lines = (count: number, text: string): string => Array<string>(count).fill(text).join('\n')

describe('fitting', () => {
  test('puts what fits together, and leaves out what is empty', () => {
    const parts = [
      { rank: 2, text: 'a' },
      { rank: 0, text: '' },
      { rank: 1, text: 'b\nc' }
    ]
    expect(fitting(parts)).toBe('a\n\nb\nc\n')
  })

  test('takes as much as the runner does', () => {
    const text = 'x'.repeat(MAXIMUM_SUMMARY_BYTES - 1)
    expect(fitting([{ rank: 0, text }])).toBe(`${text}\n`)
  })

  test('cuts what matters least, at the end of a line, and says so', () => {
    const parts = [
      { rank: 0, text: 'head' },
      { rank: 2, text: lines(100, '| row |') },
      { rank: 1, text: 'foot' }
    ]
    const page = fitting(parts, 500)
    expect(page).toMatch(/^head\n\n\| row \|\n(\| row \|\n){20,60}\nfoot\n\n> Not all .*1 MiB.*\n$/)
  })

  test('leaves folded parts out as a whole, and everything that has no line that fits', () => {
    const parts = [
      { rank: 0, text: 'head' },
      { rank: 1, text: `<details>\n${lines(100, 'a')}\n</details>` },
      { rank: 2, text: 'é'.repeat(400) },
      { rank: 3, text: 'foot' }
    ]
    expect(fitting(parts, 300)).toMatch(/^head\n\nfoot\n\n> Not all .*\n$/)
  })

  test('never gives more than it may', () => {
    const text = fc.array(fc.constantFrom('a', 'é😀', '', '<details>', 'x'.repeat(90)), { maxLength: 30 })
    const part = fc.record({ rank: fc.nat(9), text: text.map(list => list.join('\n')) })
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), fc.integer({ min: 200, max: 2000 }), (parts, limit) => {
        expect(Buffer.byteLength(fitting(parts, limit))).toBeLessThanOrEqual(limit)
      })
    )
  })
})
