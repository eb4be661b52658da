/** Malicious input as arbitraries for properties: texts, and JSON of any types. */
import fc from 'fast-check'
import { wildText } from './wild-text.ts'

/** Fragments with a meaning to the runner, a terminal, Markdown, a URL or a header. */
export const sharpPieces: readonly string[] = [
  ...[
    '::error::',
    '::add-mask::',
    '##[',
    '%0A',
    '%0D',
    '\r',
    '\n',
    '\0',
    '\u001b[31m',
    '\u202e',
    '\u2066',
    '\u200b'
  ],
  ...[
    '|',
    '`',
    '<img src=x>',
    '<!--',
    '@octocat',
    '#12',
    'GH-1',
    ':tada:',
    '[a](b)',
    '&lt;',
    'https://',
    'www.'
  ],
  ...[
    '..',
    '%2f',
    '?',
    '#',
    '/',
    '//',
    '\\',
    ':',
    '@',
    '"',
    "'",
    ',',
    ';',
    '=',
    '<',
    '>',
    '*',
    '{',
    '}',
    '[',
    ']'
  ],
  ...['Bearer', 'Basic', 'realm', 'scope', 'error', 'rel', 'next', 'sha256:', 'http', '127.0.0.1', '[::1]'],
  ...['\ud800', '\u2028', '\ufeff', ' ', 'a', '0', '9', '\u00e9', '漢', '😀', '__proto__', 'constructor']
]

/** Texts, mostly of such fragments. */
export const hostileTexts = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(...sharpPieces), maxLength: 24 }) },
  { weight: 1, arbitrary: wildText }
)

/** JSON that contains the given names and values, among others, anywhere and of any type. */
export function hostileJson(names: readonly string[], values: readonly unknown[]): fc.Arbitrary<unknown> {
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: fc.constantFrom('toString', 'valueOf', '__proto__', 'constructor', 'length', '') }
  )
  const { any } = fc.letrec(tie => ({
    any: fc.oneof(
      { depthSize: 'medium', maxDepth: 5 },
      fc.constantFrom(...values, null, true, -1, 1, 2, 1.5, 1e300, '', 'toString'),
      hostileTexts,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(name, tie('any'), { maxKeys: 8, noNullPrototype: true })
    )
  }))
  return any
}

/** Nests a value so deeply in lists and objects that recursion overflows the stack. */
export function deep(levels = 50_000): readonly string[] {
  return ['['.repeat(levels) + ']'.repeat(levels), `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`]
}
