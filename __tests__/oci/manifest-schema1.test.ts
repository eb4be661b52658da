/** Tests of schema 1: refused in every disguise that registries are known to dress it in (src/oci/manifest.ts). */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { readManifest } from '../../src/oci/manifest.ts'
import { acceptedManifests } from '../../src/oci/media-type.ts'
import { digestOf, mediaTypes, schema1 } from '../../testing/images.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'

const json = (content: object): Uint8Array => new TextEncoder().encode(JSON.stringify(content))
const signed = schema1()
const accepted = acceptedManifests.split(', ')
const unspecific = ['', 'application/json', 'application/octet-stream', 'text/plain']

// What a schema-2 image has; none of it makes up for a single sign of schema 1.
const image = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config: {}, layers: [] }

describe('readManifest refuses a schema-1 manifest, naming the media type seen,', () => {
  test.each([
    ['signed, with its own type', mediaTypes.schema1Signed],
    ['signed, with the type of an unsigned one', mediaTypes.schema1],
    ['with parameters behind the type', `${mediaTypes.schema1Signed}; charset=utf-8`],
    ['with its type in other letters', mediaTypes.schema1Signed.toUpperCase()],
    ...unspecific.slice(1).map(type => [`called ${type}`, type] as const),
    ...accepted.map(type => [`called ${type}`, type] as const),
    ['called HTML', 'text/html']
  ])('%s', (_what, contentType) => {
    const error = errorThrownBy(() => readManifest({ bytes: signed.bytes, contentType }))
    expect(error?.code).toBe('MANIFEST_UNSUPPORTED')
    expect(error?.message).toContain('schema-1')
    expect(error?.message).toContain(contentType.split(';')[0]?.toLowerCase())
    expect(error?.advice).toContain('signature')
  })

  test('without any type', () => {
    const error = errorThrownBy(() => readManifest({ bytes: signed.bytes, contentType: '' }))
    expect(error).toMatchObject({ code: 'MANIFEST_UNSUPPORTED' })
    expect(error?.message).toContain('schemaVersion 1, fsLayers, history, signatures')
  })

  test.each([
    ['the type alone, the body empty', {}],
    ['the type alone, the body an image', { ...image, mediaType: undefined }],
    ['the type alone, the body an index', { schemaVersion: 2, manifests: [] }]
  ])('%s', (_what, content) => {
    for (const contentType of [mediaTypes.schema1, mediaTypes.schema1Signed])
      expect(errorThrownBy(() => readManifest({ bytes: json(content), contentType }))?.message).toContain(
        contentType
      )
  })

  test.each([
    ['cut off', signed.bytes.subarray(0, 100)],
    ['empty', new Uint8Array()],
    ['no JSON', new TextEncoder().encode('not found')]
  ])('when its type says so and the body is %s', (_what, bytes) => {
    const contentType = mediaTypes.schema1Signed
    expect(errorThrownBy(() => readManifest({ bytes, contentType }))?.message).toContain(contentType)
  })
})

describe('readManifest knows schema 1 by a single sign in the body', () => {
  const signs: [string, object][] = [
    ['schemaVersion 1', { schemaVersion: 1 }],
    ['schemaVersion 1', { schemaVersion: '1' }],
    ['fsLayers', { fsLayers: [] }],
    ['history', { history: [] }],
    ['signatures', { signatures: [] }],
    ['signatures', { signatures: null }],
    [mediaTypes.schema1, { mediaType: mediaTypes.schema1 }],
    [mediaTypes.schema1Signed, { mediaType: mediaTypes.schema1Signed.toUpperCase() }]
  ]

  test.each(signs)('%s: %j', (sign, part) => {
    for (const contentType of [...unspecific, ...accepted]) {
      const error = errorThrownBy(() => readManifest({ bytes: json({ ...image, ...part }), contentType }))
      expect(error?.code).toBe('MANIFEST_UNSUPPORTED')
      expect(error?.message).toContain('schema-1')
      expect(error?.message).toContain(sign)
    }
  })

  test('whatever else it contains, and whatever its media type', () => {
    const disguises = fc.tuple(fc.object(), fc.constantFrom(...signs.map(([, part]) => part)))
    const types = fc.oneof(fc.constantFrom(...unspecific, ...accepted), fc.string())
    fc.assert(
      fc.property(disguises, types, ([content, part], contentType) => {
        const bytes = json({ ...content, ...part })
        const error = errorThrownBy(() => readManifest({ bytes, contentType }))
        expect(error?.code).toBe('MANIFEST_UNSUPPORTED')
        expect(error?.message).toContain('schema-1')
      })
    )
  })
})

describe('readManifest calls schema 1 by its name', () => {
  const { bytes, mediaType: contentType } = signed

  test('although its digest header is that of the signed payload, not of the bytes', () => {
    const error = errorThrownBy(() => readManifest({ bytes, contentType, digestHeader: signed.digest }))
    expect(signed.digest).not.toBe(digestOf(bytes))
    expect(error?.code).toBe('MANIFEST_UNSUPPORTED')
  })

  test.each([[2], [0], [10], [11], [null], ['2'], [undefined]])('but not schemaVersion %p', schemaVersion => {
    const error = errorThrownBy(() =>
      readManifest({ bytes: json({ ...image, schemaVersion }), contentType: mediaTypes.dockerManifest })
    )
    expect(error?.message ?? '').not.toContain('schema-1')
  })
})
