/** Tests of making an index of images: its descriptors and its bytes. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { makeIndex } from '../../src/oci/make-index.ts'
import { type Manifest, imagesOf, readManifest } from '../../src/oci/manifest.ts'
import { errorThrownBy } from '../../testing/code-thrown-by.ts'
import {
  type Image,
  artifact,
  descriptorOf,
  digestOf,
  dockerImage,
  image,
  indexOf,
  mediaTypes
} from '../../testing/images.ts'
import { manifestOf } from '../../testing/samples.ts'
import {
  type Json,
  amd64,
  arm64,
  attestation,
  attesting,
  built,
  decoder,
  descriptorFor,
  given,
  jsonOf,
  listedBy,
  partOf,
  rawIndex
} from './index-parts.ts'

describe('makeIndex', () => {
  test('describes images by their manifests and configs, as imagetools writes it', () => {
    const made = makeIndex([partOf(amd64), partOf(arm64)], given)
    expect(decoder.decode(made.bytes)).toBe(`{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "${amd64.digest}",
      "size": ${amd64.bytes.length.toString()},
      "platform": {
        "architecture": "amd64",
        "os": "linux"
      }
    },
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "${arm64.digest}",
      "size": ${arm64.bytes.length.toString()},
      "platform": {
        "architecture": "arm64",
        "os": "linux",
        "variant": "v8"
      }
    }
  ]
}`)
    expect(made).toMatchObject({
      kind: 'index',
      mediaType: mediaTypes.ociIndex,
      digest: digestOf(made.bytes)
    })
  })

  test('keeps each descriptor of an index unchanged, in the order of its fields', () => {
    const full = {
      'x.unknown': { b: 1, a: [{ d: null, c: true }] },
      artifactType: 'application/vnd.example',
      platform: { features: ['sse4'], variant: 'v2', os: 'linux', architecture: 'amd64', 'os.version': '6' },
      data: 'e30=',
      annotations: { b: 'B & <C>', a: '\u2028' },
      urls: ['https://example.com/a'],
      ...descriptorOf(amd64)
    }
    const index = rawIndex([
      full,
      attesting,
      descriptorOf(artifact()),
      descriptorFor(arm64, { os: 'linux', architecture: 'arm64' })
    ])
    const made = makeIndex([partOf(index), partOf(built('linux/s390x'))], given)
    expect(listedBy(made).slice(0, 4)).toStrictEqual(
      (JSON.parse(decoder.decode(index.bytes)) as Json).manifests
    )
    const [first] = listedBy(made)
    expect(Object.keys(first ?? {})).toStrictEqual([
      'mediaType',
      'digest',
      'size',
      'urls',
      'annotations',
      'data',
      'platform',
      'artifactType',
      'x.unknown'
    ])
    expect(Object.keys((first?.platform ?? {}) as Json)).toStrictEqual([
      'architecture',
      'os',
      'os.version',
      'variant',
      'features'
    ])
    expect(decoder.decode(made.bytes)).toContain(String.raw`"a": "\u2028",
        "b": "B \u0026 \u003cC\u003e"`)
  })

  test('takes one index alone as it is, and makes one of one image', () => {
    const index = rawIndex([descriptorFor(amd64, { os: 'linux', architecture: 'amd64' })])
    const { bytes } = manifestOf(index)
    expect(makeIndex([partOf(index)], given).bytes).toStrictEqual(bytes)
    expect(makeIndex([partOf(index), partOf(index, 'again')], given).bytes).toStrictEqual(bytes)
    const annotated = makeIndex([partOf(index)], { ...given, annotations: { a: 'A' } })
    expect(jsonOf(annotated)).toMatchObject({ annotations: { a: 'A' } })
    expect(listedBy(makeIndex([partOf(amd64)], given))).toMatchObject([{ digest: amd64.digest }])
  })

  test('writes annotations by their names, after the manifests', () => {
    const annotations = { b: '2', a: '1', __proto__x: '3' }
    const made = makeIndex([partOf(amd64)], { ...given, annotations })
    expect(Object.keys(jsonOf(made))).toStrictEqual([
      'schemaVersion',
      'mediaType',
      'manifests',
      'annotations'
    ])
    expect(Object.entries(jsonOf(made).annotations as Json)).toStrictEqual([
      ['__proto__x', '3'],
      ['a', '1'],
      ['b', '2']
    ])
  })

  const { dockerList, ociIndex } = mediaTypes
  const docker = dockerImage({ platform: 'linux/arm64' })

  test.each<[string, readonly Image[], string]>([
    ["Docker's images", [dockerImage(), docker], dockerList],
    [
      'a Docker list and a Docker image',
      [indexOf([dockerImage()], { mediaType: dockerList }), docker],
      dockerList
    ],
    ['images of both kinds', [dockerImage(), arm64], ociIndex],
    ["an OCI index of Docker's images", [indexOf([dockerImage()]), docker], ociIndex],
    ['a Docker list of OCI images', [indexOf([amd64], { mediaType: dockerList }), docker], ociIndex]
  ])('makes of %s the right kind of index', (_what, parts, mediaType) => {
    const all = parts.map(each => partOf(each))
    expect(makeIndex(all, given).mediaType).toBe(mediaType)
    expect(jsonOf(makeIndex(all, given)).mediaType).toBe(mediaType)
    // Docker's list cannot have annotations.
    expect(makeIndex(all, { ...given, annotations: { a: 'A' } }).mediaType).toBe(ociIndex)
  })

  test('lists the same image for the same platform once, wherever it comes from', () => {
    const index = rawIndex([
      descriptorFor(arm64, { os: 'linux', architecture: 'arm64' }),
      attesting,
      attesting
    ])
    const made = makeIndex([partOf(arm64), partOf(index), partOf(amd64), partOf(amd64, 'b')], given)
    expect(listedBy(made).map(({ digest }) => digest)).toStrictEqual([
      arm64.digest,
      attestation.digest,
      amd64.digest
    ])
    expect(listedBy(made)[0]).toMatchObject({ platform: { variant: 'v8' } })
  })

  test('keeps one manifest that an index lists for two platforms', () => {
    const index = rawIndex(
      ['amd64', 'arm64'].map(architecture => descriptorFor(amd64, { os: 'linux', architecture }))
    )
    expect(
      imagesOf(makeIndex([partOf(index), partOf(built('linux/s390x'))], given)).map(
        ({ platform }) => platform
      )
    ).toStrictEqual(['linux/amd64', 'linux/arm64', 'linux/s390x'])
  })

  test('sorts parts by the names of their platforms, an index by its first', () => {
    const index = indexOf([built('linux/ppc64le'), built('linux/386')])
    const parts = [index, built('windows/amd64'), arm64, built('linux/arm/v7'), amd64].map(each =>
      partOf(each)
    )
    expect(
      imagesOf(makeIndex(parts, { ...given, order: 'platform' })).map(({ platform }) => platform)
    ).toStrictEqual([
      'linux/amd64',
      'linux/arm/v7',
      'linux/arm64/v8',
      'linux/ppc64le',
      'linux/386',
      'windows/amd64'
    ])
  })
})

describe('any index that is made', () => {
  const platforms = [
    'linux/amd64',
    'linux/amd64/v1',
    'linux/arm64',
    'linux/arm64/v8',
    'linux/arm/v7',
    'windows/amd64'
  ]
  const single = fc
    .record({ platform: fc.constantFrom(...platforms), seed: fc.constantFrom('a', 'b') })
    .map(options => image(options))
  const several = fc
    .array(single, { minLength: 1, maxLength: 3 })
    .map(children => indexOf([...children, artifact()]))
  const parts = fc.array(fc.oneof(single, several), { minLength: 1, maxLength: 5 })
  const options = fc.record({
    order: fc.constantFrom('given' as const, 'platform' as const),
    annotations: fc.dictionary(fc.string(), fc.string())
  })

  /** Writes the JSON of an index anew, with the fields of every object the other way round. */
  const reversed = (index: Image): Image => {
    const turn = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turn)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, inner]) => [name, turn(inner)])
      )
    }
    const bytes = new TextEncoder().encode(JSON.stringify(turn(JSON.parse(decoder.decode(index.bytes)))))
    return { ...index, bytes, digest: digestOf(bytes) }
  }

  test('can be read again, has each platform once, and does not depend on the order of fields', () => {
    fc.assert(
      fc.property(parts, options, (drawn, { order, annotations }) => {
        const own = new Set(drawn.map(each => each.digest))
        fc.pre(own.size > 1)
        const make = (from: readonly Image[], extra = annotations): Manifest =>
          makeIndex(
            from.map(each => partOf(each)),
            { order, annotations: extra }
          )
        const error = errorThrownBy(() => make(drawn))
        if (error !== undefined) {
          expect(error.message).toContain('have different images for one platform')
          return
        }
        const made = make(drawn)
        expect(readManifest({ bytes: made.bytes, contentType: made.mediaType })).toStrictEqual(made)
        const turned = Object.fromEntries(Object.entries(annotations).reverse())
        expect(
          make(
            drawn.map(each => (each.children.length > 0 ? reversed(each) : each)),
            turned
          )
        ).toStrictEqual(made)
        const wanted = new Set(
          drawn
            .flatMap(each => (each.children.length > 0 ? each.children : [each]))
            .map(({ digest }) => digest)
        )
        expect(new Set(listedBy(made).map(({ digest }) => digest))).toStrictEqual(wanted)
        const rivals = imagesOf(made).filter(({ platform, digest }) =>
          imagesOf(made).some(each => each.platform === platform && each.digest !== digest)
        )
        for (const { platform } of rivals) {
          const all = imagesOf(made).filter(each => each.platform === platform)
          const isOneParts = (each: Image): boolean =>
            all.every(({ digest }) => each.children.some(child => child.digest === digest))
          expect(drawn.some(isOneParts)).toBe(true)
        }
        if (order === 'platform' && drawn.every(each => each.children.length === 0))
          expect(make(drawn.toReversed())).toStrictEqual(made)
      })
    )
  })
})
