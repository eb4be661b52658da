/** Tests of reading manifests: their kind, their platforms, and what is refused. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  MAXIMUM_MANIFEST_BYTES,
  describeManifest,
  attestationsIn,
  platformsOf,
  readManifest
} from '../../src/oci/manifest.ts'
import { acceptedManifests } from '../../src/oci/media-type.ts'
import { type Image, artifact, dockerImage, image, indexOf, mediaTypes } from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

const text = (json: string): Uint8Array => new TextEncoder().encode(json)
const json = (content: unknown): Uint8Array => text(JSON.stringify(content))
const served = ({ bytes, mediaType }: Image): { bytes: Uint8Array; contentType: string } => ({
  bytes,
  contentType: mediaType
})

const parts = { config: {}, layers: [] }
const ociArtifact = 'application/vnd.oci.artifact.manifest.v1+json'
const list = indexOf([dockerImage()], { mediaType: mediaTypes.dockerList })
const unspecific = ['', 'application/json', 'application/octet-stream', 'text/plain; charset=utf-8']
const accepted = acceptedManifests.split(', ')

test('the limit is 4 MiB', () => {
  expect(MAXIMUM_MANIFEST_BYTES).toBe(4_194_304)
})

describe('readManifest', () => {
  test.each([
    ['an OCI image', image(), 'image'],
    ['a Docker image', dockerImage(), 'image'],
    ['an artifact', artifact(), 'image'],
    ['an OCI index', indexOf([image()]), 'index'],
    ['an index of indexes', indexOf([indexOf([image()])]), 'index'],
    ['an empty index', indexOf([]), 'index'],
    ['a Docker list', list, 'index']
  ])('reads %s', (_what, of, kind) => {
    const { mediaType, digest, bytes } = of
    expect(readManifest(served(of))).toMatchObject({ mediaType, digest, bytes, kind })
  })

  test('keeps the fields that are read, and nothing of others or of the wrong type', () => {
    const read = {
      mediaType: 'a/b',
      digest: 'sha256:1',
      size: 1,
      platform: { os: 'linux', architecture: 'arm' }
    }
    const annotations = { 'org.opencontainers.image.version': '1.0', 'org.opencontainers.image.created': [1] }
    const bytes = json({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { ...read, size: [[]], data: 'x', annotations },
      layers: [
        { ...read, platform: { ...read.platform, 'os.features': ['x'] } },
        {},
        { x: 1 },
        [],
        [read],
        7
      ],
      blobs: null,
      subject: [read],
      annotations: { ...annotations, x: 'x' },
      x: [[], []]
    })
    expect(readManifest({ bytes, contentType: mediaTypes.ociManifest }).content).toStrictEqual({
      config: { ...read, size: null, annotations: {} },
      layers: [read, null, null, null, null, null],
      blobs: null,
      subject: [read],
      annotations: { ...annotations, 'org.opencontainers.image.created': null }
    })
  })

  test('reads an OCI artifact manifest, which has no schema version', () => {
    const bytes = json({ mediaType: ociArtifact, artifactType: 'application/x', blobs: [] })
    expect(readManifest({ bytes, contentType: ociArtifact })).toMatchObject({ kind: 'image' })
  })

  test.each([
    [`${mediaTypes.ociManifest}; charset=utf-8`],
    [mediaTypes.ociManifest.toUpperCase()],
    ...unspecific.map(type => [type])
  ])('finds the media type behind the content type %p', contentType => {
    expect(readManifest({ ...served(image()), contentType }).mediaType).toBe(mediaTypes.ociManifest)
  })

  test('takes no notice of the letters in which a manifest writes its type', () => {
    const bytes = json({ schemaVersion: 2, mediaType: mediaTypes.ociManifest.toUpperCase(), ...parts })
    expect(readManifest({ bytes, contentType: mediaTypes.ociManifest }).mediaType).toBe(
      mediaTypes.ociManifest
    )
  })

  test.each([
    ['an image', mediaTypes.ociManifest, { schemaVersion: 2, ...parts }],
    ['an index', mediaTypes.ociIndex, { schemaVersion: 2, manifests: [] }]
  ])(
    'takes the type of %s that names none from the header, else from what it holds',
    (_what, type, content) => {
      for (const contentType of [type, ...unspecific])
        expect(readManifest({ bytes: json(content), contentType }).mediaType).toBe(type)
    }
  )
})

describe('readManifest refuses', () => {
  test.each([
    ['nothing', ''],
    ['HTML', '<!doctype html><title>Log in</title>'],
    ['JSON that is cut off', '{"schemaVersion":2,"manifests":['],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '2'],
    ['null', 'null']
  ])('%s, whatever its content type', (_what, body) => {
    for (const contentType of [...unspecific, ...accepted, 'text/html'])
      expect(codeThrownBy(() => readManifest({ bytes: text(body), contentType }))).toBe(
        'MANIFEST_UNSUPPORTED'
      )
  })

  test.each([
    ['an empty object', {}],
    ['what an API says', { message: 'please log in' }],
    ['an error', { errors: [{ code: 'UNKNOWN' }] }]
  ])('%s that nothing calls a manifest', (_what, content) => {
    for (const contentType of unspecific)
      expect(codeThrownBy(() => readManifest({ bytes: json(content), contentType }))).toBe(
        'MANIFEST_UNSUPPORTED'
      )
  })

  test.each([
    ['a config', 'application/vnd.oci.image.config.v1+json'],
    ['HTML', 'text/html'],
    ['a newer version', 'application/vnd.oci.image.manifest.v2+json'],
    ['a name that JavaScript knows', 'constructor']
  ])('a body of the type of %s', (_what, type) => {
    const content = { schemaVersion: 2, ...parts }
    for (const [contentType, mediaType] of [
      [type, undefined],
      [type, type],
      ['', type]
    ] as const)
      expect(codeThrownBy(() => readManifest({ bytes: json({ ...content, mediaType }), contentType }))).toBe(
        'MANIFEST_UNSUPPORTED'
      )
  })

  test.each([
    [
      'another type inside than outside',
      mediaTypes.ociManifest,
      { mediaType: mediaTypes.dockerManifest, ...parts }
    ],
    [
      'an index inside, an image outside',
      mediaTypes.ociManifest,
      { mediaType: mediaTypes.ociIndex, manifests: [] }
    ],
    ['a type that is no text', mediaTypes.ociManifest, { mediaType: 2, ...parts }],
    ['an index with layers', mediaTypes.ociIndex, { manifests: [], layers: [] }],
    ['an index with a config', mediaTypes.dockerList, { manifests: [], config: {} }],
    ['an image with manifests', mediaTypes.ociManifest, { manifests: [], ...parts }],
    ['an image with manifests alone', mediaTypes.ociManifest, { manifests: [] }],
    ['an index without manifests', mediaTypes.ociIndex, {}],
    ['an index whose manifests are no list', mediaTypes.ociIndex, { manifests: {} }],
    ['both, and no type at all', '', { manifests: [], layers: [] }]
  ])('%s (CVE-2021-41190)', (_what, contentType, content) => {
    const bytes = json({ schemaVersion: 2, ...content })
    expect(codeThrownBy(() => readManifest({ bytes, contentType }))).toBe('MANIFEST_UNSUPPORTED')
  })

  test('with one of two codes, whatever it is given', () => {
    const bodies = fc.oneof(
      fc.uint8Array(),
      fc.json().map(text),
      fc.object({ key: fc.constantFrom('mediaType', 'schemaVersion', 'manifests', 'layers') }).map(json)
    )
    const types = fc.oneof(fc.constantFrom(...unspecific, ...accepted), fc.string())
    fc.assert(
      fc.property(
        bodies,
        types,
        fc.option(fc.string(), { nil: undefined }),
        (bytes, contentType, digestHeader) => {
          expect([undefined, 'MANIFEST_UNSUPPORTED', 'DIGEST_MISMATCH']).toContain(
            codeThrownBy(() => readManifest({ bytes, contentType, digestHeader }))
          )
        }
      )
    )
  })
})

describe('attestationsIn', () => {
  test('lists what BuildKit adds to an index for no platform, with what it is about', () => {
    const none = { os: 'unknown', architecture: 'unknown' }
    const type = (value: unknown): object => ({ 'vnd.docker.reference.type': value })
    const children = [
      {
        digest: 'a',
        platform: none,
        annotations: { ...type('attestation-manifest'), 'vnd.docker.reference.digest': 'z' }
      },
      {
        digest: 'b',
        platform: { os: 'linux', architecture: 'amd64' },
        annotations: type('attestation-manifest')
      },
      { digest: 'c', platform: none, annotations: type('other') },
      { digest: 'd', platform: none, annotations: 'none' },
      { digest: 'e', platform: none },
      null
    ]
    const contents = [{ manifests: children }, { manifests: [] }]
    const found = contents.map(content =>
      attestationsIn(
        readManifest({
          bytes: Buffer.from(
            JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, ...content })
          ),
          contentType: mediaTypes.ociIndex
        })
      )
    )
    expect(found).toStrictEqual([new Map([['a', 'z']]), new Map()])
  })
})

describe('platformsOf', () => {
  test('lists the platforms of an index in its order, each once', () => {
    const platforms = ['linux/arm64/v8', 'linux/amd64', 'windows/amd64', 'linux/arm64/v8']
    const index = indexOf([
      ...platforms.map((platform, n) => image({ platform, seed: n.toString() })),
      artifact()
    ])
    expect(platformsOf(readManifest(served(index)))).toStrictEqual(platforms.slice(0, 3))
  })

  test('finds none in an image', () => {
    expect(platformsOf(readManifest(served(image())))).toStrictEqual([])
  })

  test.each([
    ['an attestation', { os: 'unknown', architecture: 'unknown' }],
    ['no platform', undefined],
    ['a platform that is a text', 'linux/amd64'],
    ['a platform that is a list', []],
    ['no architecture', { os: 'linux' }],
    ['no operating system', { architecture: 'amd64' }],
    ['an operating system that is a number', { os: 1, architecture: 'amd64' }]
  ])('passes over %s', (_what, platform) => {
    const bytes = json({ schemaVersion: 2, manifests: [{ platform }, null, 'x', 1, []] })
    expect(platformsOf(readManifest({ bytes, contentType: mediaTypes.ociIndex }))).toStrictEqual([])
  })

  test.each([
    [{ os: 'linux', architecture: 'arm', variant: '' }, 'linux/arm'],
    [{ os: 'linux', architecture: 'arm', variant: 7 }, 'linux/arm'],
    [{ os: 'linux\n::error::x', architecture: 'amd64' }, 'linux ::error::x/amd64']
  ])('prints %j as %p', (platform, expected) => {
    const bytes = json({ schemaVersion: 2, manifests: [{ platform }] })
    expect(platformsOf(readManifest({ bytes, contentType: mediaTypes.ociIndex }))).toStrictEqual([expected])
  })
})

describe('describeManifest', () => {
  test('tells type, size and platforms', () => {
    const index = indexOf([image(), image({ platform: 'linux/arm64/v8' })])
    expect(describeManifest(readManifest(served(index)))).toBe(
      `OCI image index, ${index.bytes.length.toString()} bytes, linux/amd64, linux/arm64/v8`
    )
  })

  test('lists twenty platforms, and counts the others', () => {
    const manifests = Array.from({ length: 5000 }, (_, number) => ({
      platform: { os: 'linux', architecture: `a${number.toString()}` }
    }))
    const bytes = json({ schemaVersion: 2, manifests })
    const described = describeManifest(readManifest({ bytes, contentType: mediaTypes.ociIndex }))
    expect(described).toMatch(/, linux\/a19 and 4980 more$/)
  })

  test('tells type and size of an image', () => {
    const { bytes } = dockerImage()
    expect(describeManifest(readManifest(served(dockerImage())))).toBe(
      `Docker image manifest, ${bytes.length.toString()} bytes`
    )
  })
})
