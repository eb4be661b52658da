/** Tests of escaping for GitHub's Markdown: whatever the text, it shows as it is and does nothing. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  alert,
  code,
  codeBlock,
  escapeMarkdown,
  folded,
  table
} from '../../../src/action/present/markdown.ts'
import { MAXIMUM_SUMMARY_BYTES, fitting } from '../../../src/action/present/truncate.ts'
import { wildText } from '../../../testing/wild-text.ts'

const special = fc.oneof(
  fc.stringMatching(/^[\\`*_{}[\]()<>#+\-.!|~$^&;:/@"'= \n]$/),
  fc.constantFrom('www.', 'http', 'a', '1', 'GH-', ':+1:', '&#64;', '<!-- -->')
)
const anyText = fc.oneof(fc.string({ unit: special }), wildText, fc.string({ unit: 'grapheme' }))

// What GitHub takes for an escape, an entity or a comment before it looks for mentions and addresses (github/cmark-gfm#181).
const ESCAPE = /\\([!-/:-@[-`{-~])|&#([0-9]+);|&(amp|lt|gt);|<!-- -->/g
const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' }
const boundary = '\u200b'

/** Gives the text that GitHub looks through for mentions and links, with a zero-width space where it is in two parts. */
function seen(markdown: string): string {
  return markdown.replace(ESCAPE, (_whole, ...groups: (string | undefined)[]) => {
    const [char, number, name] = groups
    if (char !== undefined) return char
    if (number !== undefined) return String.fromCodePoint(Number(number))
    return name === undefined ? boundary : (named[name] ?? name)
  })
}

/** Counts the cells of a table row, as the tables extension of GitHub's Markdown parts them. */
function cellsIn(row: string): number {
  return row.replace(/\\\|/g, '').split('|').length - 2
}

describe('escapeMarkdown', () => {
  test.each([['plain text'], ['größer, 漢字 😀'], ['']])('leaves %p alone', text => {
    expect(escapeMarkdown(text)).toBe(text)
  })

  test('loses nothing but the kind of blanks', () => {
    fc.assert(
      fc.property(anyText, text => {
        const shown = (value: string): string => value.replaceAll(boundary, '')
        expect(shown(seen(escapeMarkdown(text)))).toBe(shown(text).replace(/\s+/g, ' '))
      })
    )
  })

  test.each([['WWW.example.com'], ['Www.Example.com']])('keeps the letters of %s', text => {
    expect(seen(escapeMarkdown(text)).replaceAll(boundary, '')).toBe(text)
  })

  test('stays one cell of a table', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(cellsIn(`| ${escapeMarkdown(text)} |`)).toBe(1)
      })
    )
  })

  test('is one line, without HTML, entities of its own or markup', () => {
    fc.assert(
      fc.property(anyText, text => {
        const rest = escapeMarkdown(text).replace(ESCAPE, '')
        expect(rest).not.toMatch(/[\n\r<>&\\`*_{}[\]()#+!|~$^-]/)
      })
    )
  })

  test.each([
    ['emphasis', '*a* _b_ **c** ~~d~~'],
    ['code', '`a`'],
    ['a heading', '# a'],
    ['a list', '- a'],
    ['a list with plus signs', '+ a'],
    ['a numbered list', '1. a'],
    ['a numbered list with brackets', '1) a'],
    ['a quotation', '> a'],
    ['a rule', '---'],
    ['a link', '[a](b)'],
    ['a reference', '[a]: /b'],
    ['an image', '![a](b)'],
    ['a formula', '$a$'],
    ['a footnote', '[^1]'],
    ['an element', '<img src=x onerror=y>'],
    ['a comment', '<!-- a -->'],
    ['an entity', '&lt;b&gt;']
  ])('makes no markup of %s', (_what, text) => {
    const escaped = escapeMarkdown(text)
    expect(escaped.replace(ESCAPE, '')).not.toMatch(/[<>&\\`*_{}[\]()#+!|~$^-]|^[0-9]+[.)] /)
    expect(seen(escaped).replaceAll(boundary, '')).toBe(text)
  })

  test.each([
    ['@octocat'],
    ['see @acme/team'],
    ['(@octocat)'],
    ['mail me@example.com'],
    ['@@a'],
    ['@a and @b']
  ])('mentions nobody and links no mail address in %s: an entity would not keep GitHub from it', text => {
    expect(seen(escapeMarkdown(text))).not.toMatch(/@[a-z0-9]/i)
  })

  test.each([
    ['#12'],
    ['acme/app#12'],
    ['GH-12'],
    ['see gh-1.'],
    [':tada:'],
    ['a :+1: b'],
    [':woman_shrugging:'],
    [':e-mail:'],
    [':+1://'],
    ['a:b:c'],
    ['#1 #2 GH-3 GH-4 :a::b:']
  ])('makes no link and no picture of %s', text => {
    expect(seen(escapeMarkdown(text))).not.toMatch(/#[0-9]|\bgh-[0-9]|:[\w+-]+:/i)
  })

  test.each([
    ['0123abc'],
    ['fixed in 4f2a91c0d1e2.'],
    ['acme/app@da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['(DA39A3EE5E6B4B0D3255BFEF95601890AFD80709)']
  ])('links no commit in %s', text => {
    expect(seen(escapeMarkdown(text))).not.toMatch(/\b[0-9a-f]{7,40}\b/i)
    expect(seen(escapeMarkdown(text)).replaceAll(boundary, '')).toBe(text)
  })

  test.each([
    ['sha256:0123'],
    ['sha256:0123abcd0123'],
    [`sha256:${'0a'.repeat(32)}`],
    ['a: b: c'],
    ['12:30'],
    ['# a']
  ])('adds nothing to %s', text => {
    expect(escapeMarkdown(text)).not.toContain('<!--')
  })

  test.each([
    ['http://a.b'],
    ['https://a.b/c'],
    ['ftp://a.b'],
    ['www.example.com'],
    ['(WWW.example.com)'],
    ['http://a.b http://c.d'],
    ['www.a www.b'],
    ['_www.evil.example'],
    ['*www.evil.example'],
    ['~www.evil.example_www.evil.example'],
    ['éwww.evil.example']
  ])('links no address in %s', text => {
    expect(escapeMarkdown(text)).not.toMatch(/:\/\/|www\./i)
  })

  test('mentions nobody and links nothing in any text', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(seen(escapeMarkdown(text))).not.toMatch(/@[a-z0-9]|#[0-9]|\bgh-[0-9]|:[\w+-]+:/i)
        expect(escapeMarkdown(text)).not.toMatch(/:\/\/|www\./i)
      })
    )
  })
})

describe('code', () => {
  test.each([
    ['ghcr.io/acme/app:1', '`ghcr.io/acme/app:1`'],
    ['*a* <b> @c', '`*a* <b> @c`'],
    ['a`b|c', '`a b c`'],
    ['a\nb', '`a b`']
  ])('puts %j into %s', (text, span) => {
    expect(code(text)).toBe(span)
  })

  test('is one span in one cell, whatever the text', () => {
    fc.assert(
      fc.property(anyText, text => {
        expect(code(text)).toMatch(/^`[^`|\n\r]*`$/)
      })
    )
  })
})

describe('table', () => {
  test('has a head, a rule and a line for each row', () => {
    expect(
      table(
        ['a', 'b'],
        [
          ['1', '2'],
          ['3', '4']
        ]
      )
    ).toBe('| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |')
  })

  test('is nothing without rows', () => {
    expect(table(['a'], [])).toBe('')
  })
})

describe('alert', () => {
  test('quotes its parts, a blank line between them', () => {
    expect(alert('CAUTION', ['a', '', '- b\n- c'])).toBe('> [!CAUTION]\n> a\n>\n> - b\n> - c')
  })

  test('is nothing around nothing', () => {
    expect(alert('WARNING', ['', ''])).toBe('')
  })
})

describe('folded', () => {
  test('leaves a blank line around what is Markdown', () => {
    expect(folded('Title', 'text')).toBe('<details><summary>Title</summary>\n\ntext\n\n</details>')
  })

  test('is nothing around nothing', () => {
    expect(folded('Title', '')).toBe('')
  })
})

test('codeBlock names the language', () => {
  expect(codeBlock('yaml', 'a: 1')).toBe('```yaml\na: 1\n```')
})

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
