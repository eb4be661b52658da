/** Tests of what a manifest is above all: exactly the bytes that came, under the digest that was meant (src/oci/manifest.ts). */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Digest, parseDigest } from '../../src/oci/digest.ts'
import { readManifest } from '../../src/oci/manifest.ts'
import { digestOf, image, mediaTypes } from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

const text = (json: string): Uint8Array => new TextEncoder().encode(json)
const asDigest = (bytes: Uint8Array, algorithm?: 'sha256' | 'sha512'): Digest =>
  parseDigest(digestOf(bytes, algorithm))

describe('readManifest keeps the bytes', () => {
  const plain = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {},
    layers: [],
    annotations: {}
  })
  const blank = fc.string({ unit: fc.constantFrom(' ', '\t', '\r', '\n'), maxLength: 4 })
  // Anything may stand in a JSON text but controls, quotes and backslashes; not all of it is UTF-8.
  const inText = fc
    .uint8Array({ maxLength: 20 })
    .map(bytes => bytes.filter(b => b >= 32 && b !== 34 && b !== 92))
  const manifests = fc
    .tuple(blank, inText, blank)
    .map(([before, value, after]) =>
      Buffer.concat([
        text(`${before}{"schemaVersion":${after}2,${before}"config":{},"layers":[${after}],"annotations":{"`),
        text('\\u006eote":"\\/'),
        value,
        text(`"}${before}}${after}`)
      ])
    )

  test('as they came, whatever they hold', () => {
    fc.assert(
      fc.property(manifests, bytes => {
        const copy = Uint8Array.from(bytes)
        const manifest = readManifest({ bytes, contentType: mediaTypes.ociManifest })
        expect(manifest.bytes).toBe(bytes)
        expect(Uint8Array.from(bytes)).toStrictEqual(copy)
        expect(manifest.digest).toBe(digestOf(copy))
      })
    )
  })

  test.each([
    ['a byte order mark', Buffer.concat([new Uint8Array([0xef, 0xbb, 0xbf]), text(plain)])],
    ['no UTF-8', Buffer.from(plain.replace('{}}', '{"a":"\u00ff\u00c0"}}'), 'latin1')],
    ['numbers that JavaScript rounds', text(plain.replace('{', '{"size":9007199254740993,'))]
  ])('that have %s', (_what, bytes) => {
    const manifest = readManifest({ bytes, contentType: mediaTypes.ociManifest })
    expect(manifest.bytes).toBe(bytes)
    expect(manifest.digest).toBe(digestOf(bytes))
  })
})

describe('readManifest compares digests', () => {
  const of = image()
  const own = asDigest(of.bytes)
  const own512 = asDigest(of.bytes, 'sha512')
  const other = asDigest(text('other'))
  const other512 = asDigest(text('other'), 'sha512')

  test.each<[string, { asked?: Digest; digestHeader?: string }, string]>([
    ['by digest, no header', { asked: own }, own],
    ['by digest, the same in the header', { asked: own, digestHeader: own }, own],
    ['by digest, another algorithm in the header', { asked: own, digestHeader: own512 }, own],
    ['by sha512, no header', { asked: own512 }, own512],
    ['by sha512, sha256 in the header', { asked: own512, digestHeader: own }, own512],
    ['by tag, no header', {}, own],
    ['by tag, the right header', { digestHeader: own }, own]
  ])('%s: the manifest has the digest', (_case, digests, digest) => {
    expect(readManifest({ bytes: of.bytes, contentType: of.mediaType, ...digests }).digest).toBe(digest)
  })

  test.each<[string, { asked?: Digest; digestHeader?: string }]>([
    ['by digest, other bytes', { asked: other }],
    [
      'by digest, other bytes that the header calls by the digest asked for',
      { asked: other, digestHeader: other }
    ],
    ['by digest, other bytes that the header calls by their own', { asked: other, digestHeader: own }],
    ['by digest, the right bytes, another digest in the header', { asked: own, digestHeader: other }],
    ['by sha512, other bytes', { asked: other512 }],
    ['by tag, another digest in the header', { digestHeader: other }],
    ['by tag, another sha512 in the header', { digestHeader: other512 }],
    ['by tag, the header twice', { digestHeader: `${own}, ${own}` }],
    ['by tag, upper-case digits in the header', { digestHeader: own.toUpperCase() }],
    ['by tag, no digest in the header', { digestHeader: 'sha256:../..' }]
  ])('%s: refused', (_case, digests) => {
    expect(codeThrownBy(() => readManifest({ bytes: of.bytes, contentType: of.mediaType, ...digests }))).toBe(
      'DIGEST_MISMATCH'
    )
  })
})
