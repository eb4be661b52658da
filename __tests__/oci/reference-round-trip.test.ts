/** Tests of references: what is printed is read back, and any text is read or refused by code (src/oci/reference.ts). */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  formatReference,
  isFullReference,
  parseImage,
  parseReference,
  parseRepository
} from '../../src/oci/reference.ts'
import { parseRegistry } from '../../src/oci/registry-host.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'
import { wildText } from '../../testing/wild-text.ts'

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}`
const home = parseRepository(parseRegistry('ghcr.io'), 'acme/app')

describe('what is printed is read back', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,6}(?:(?:\.|__?|-{1,3})[a-z0-9]{1,4}){0,2}$/)
  const names = fc.array(part, { minLength: 2, maxLength: 4 }).map(parts => parts.join('/'))
  const port = fc.integer({ min: 1, max: 65535 }).map(number => `:${number.toString()}`)
  const hosts = fc.oneof(
    fc.constantFrom('docker.io', 'localhost', '[::1]', 'registry:5000'),
    fc.tuple(fc.domain(), fc.oneof(fc.constant(''), port)).map(([host, end]) => host + end)
  )
  const tags = fc.stringMatching(/^\w[\w.-]{0,127}$/)
  const digests = fc.oneof(
    fc.stringMatching(/^sha256:[0-9a-f]{64}$/),
    fc.stringMatching(/^sha512:[0-9a-f]{128}$/)
  )
  const ends = fc.oneof(
    tags.map(tag => `:${tag}`),
    digests.map(digest => `@${digest}`),
    fc.tuple(tags, digests).map(([tag, digest]) => `:${tag}@${digest}`)
  )

  test('as the same reference', () => {
    fc.assert(
      fc.property(hosts, names, ends, (host, name, end) => {
        const text = `${host}/${name}${end}`
        expect(isFullReference(text)).toBe(true)
        expect(formatReference(parseReference(text))).toBe(text)
      })
    )
  })

  const alphabet = fc.constantFrom(
    'a',
    'Z',
    '0',
    '.',
    '_',
    '-',
    '/',
    ':',
    '@',
    '[',
    ']',
    ' ',
    sha256,
    'ghcr.io/'
  )
  const texts = fc.oneof(fc.string({ unit: alphabet, maxLength: 12 }), wildText)

  test.each([
    ['parseReference', parseReference],
    ['parseImage', (text: string) => parseImage(text, home)]
  ])('of any text: %s refuses it by code, or reads what prints to the same reference', (_name, parse) => {
    fc.assert(
      fc.property(texts, text => {
        const code = codeThrownBy(() => parse(text))
        if (code !== undefined) expect(code).toBe('REFERENCE_INVALID')
        else expect(parseReference(formatReference(parse(text)))).toStrictEqual(parse(text))
      })
    )
  })
})
