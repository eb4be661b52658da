/** Tests of digests: grammar, computing, shortening. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { isDigest, parseDigest, shortDigest } from '../../src/oci/digest.ts'
import { digestOf, isDigestOf } from '../../src/oci/digester.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'
import { wildText } from '../../testing/wild-text.ts'

const hex = '0123456789abcdef'.repeat(8)
const sha256 = `sha256:${hex.slice(0, 64)}`
const sha512 = `sha512:${hex}`

const uglies = [
  ['nothing', ''],
  ['no algorithm', hex.slice(0, 64)],
  ['no hexadecimal digits', 'sha256:'],
  ['a digit too few', sha256.slice(0, -1)],
  ['a digit too many', `${sha256}0`],
  ['upper-case digits', `sha256:${hex.slice(0, 64).toUpperCase()}`],
  ['an upper-case algorithm', sha256.toUpperCase()],
  ['a letter that is no digit', `sha256:${'g'.repeat(64)}`],
  ['sha512 as long as sha256', `sha512:${hex.slice(0, 64)}`],
  ['sha256 as long as sha512', `sha256:${hex}`],
  ['an algorithm that is not registered', `md5:${hex.slice(0, 32)}`],
  ['an algorithm that Retag does not compute', `sha384:${hex.slice(0, 96)}`],
  ['a way out of the path', 'sha256:../../../../../../../../../../../../../../../../../../../../../..'],
  ['blanks around it', ` ${sha256} `],
  ['a line after it', `${sha256}\n`],
  ['a line before it', `x\n${sha256}`],
  ['two digests', `${sha256}, ${sha256}`]
] as const

describe('parseDigest', () => {
  test.each([[sha256], [sha512]])('reads %s', text => {
    expect(parseDigest(text)).toBe(text)
    expect(isDigest(text)).toBe(true)
  })

  test.each(uglies)('refuses %s', (_what, text) => {
    expect(codeThrownBy(() => parseDigest(text))).toBe('REFERENCE_INVALID')
    expect(isDigest(text)).toBe(false)
  })

  test('gives back any text it reads, and refuses all others by code', () => {
    fc.assert(
      fc.property(fc.oneof(wildText, fc.stringMatching(/^sha(256|512):/)), text => {
        expect(codeThrownBy(() => parseDigest(text))).toBe(isDigest(text) ? undefined : 'REFERENCE_INVALID')
      })
    )
  })
})

describe('digestOf', () => {
  // FIPS 180-4, example "abc"
  const abc = new TextEncoder().encode('abc')

  test('computes sha256', () => {
    expect(digestOf(abc)).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  test.each([
    [sha256, 'sha256'],
    [sha512, 'sha512']
  ])('takes the algorithm of %s', (like, algorithm) => {
    const expected = createHash(algorithm).update(abc).digest('hex')
    expect(digestOf(abc, parseDigest(like))).toBe(`${algorithm}:${expected}`)
  })

  test('makes a digest of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(undefined, sha256, sha512), (bytes, like) => {
        expect(isDigest(digestOf(bytes, like === undefined ? undefined : parseDigest(like)))).toBe(true)
      })
    )
  })
})

test.each([
  [sha256, 'sha256:0123456789ab'],
  [sha512, 'sha512:0123456789ab']
])('shortDigest keeps the algorithm and twelve digits of %s', (digest, short) => {
  expect(shortDigest(parseDigest(digest))).toBe(short)
})

describe('isDigestOf', () => {
  const bytes = Buffer.from('{}')

  test.each(['sha256', 'sha512'])('knows the %s digest of some bytes', algorithm => {
    const text = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
    expect(isDigestOf(bytes, text)).toBe(true)
    expect(isDigestOf(Buffer.from('{ }'), text)).toBe(false)
  })

  test.each(uglies)('says no to %s', (_what, text) => {
    expect(isDigestOf(bytes, text)).toBe(false)
  })
})
