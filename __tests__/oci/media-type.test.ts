/** Tests of the media types that are asked for, known and refused. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  acceptedManifests,
  describeMediaType,
  inferMediaType,
  isSchema1,
  isUnspecific,
  kindOfManifest,
  withoutParameters
} from '../../src/oci/media-type.ts'
import { wildText } from '../../testing/wild-text.ts'
import { mediaTypes } from '../../testing/images.ts'

const ociArtifact = 'application/vnd.oci.artifact.manifest.v1+json'
const accepted = acceptedManifests.split(', ')

describe('acceptedManifests', () => {
  test('offers every manifest that can be retagged, in one line', () => {
    expect(new Set(accepted)).toStrictEqual(
      new Set([
        mediaTypes.ociManifest,
        mediaTypes.ociIndex,
        mediaTypes.dockerManifest,
        mediaTypes.dockerList,
        ociArtifact
      ])
    )
  })

  test('offers neither schema 1 nor a wildcard: some registries would choose schema 1', () => {
    expect(accepted.filter(isSchema1)).toStrictEqual([])
    expect(acceptedManifests).not.toContain('*')
  })
})

describe('kindOfManifest', () => {
  test.each([
    [mediaTypes.ociManifest, 'image'],
    [mediaTypes.dockerManifest, 'image'],
    [ociArtifact, 'image'],
    [mediaTypes.ociIndex, 'index'],
    [mediaTypes.dockerList, 'index'],
    [mediaTypes.schema1, undefined],
    [mediaTypes.schema1Signed, undefined],
    ['application/vnd.oci.image.config.v1+json', undefined],
    ['application/json', undefined],
    ['', undefined],
    ['constructor', undefined],
    ['__proto__', undefined]
  ])('%s is %s', (mediaType, kind) => {
    expect(kindOfManifest(mediaType)).toBe(kind)
  })

  test('knows what is offered, and nothing else', () => {
    expect(accepted.map(kindOfManifest)).not.toContain(undefined)
  })
})

describe('describeMediaType', () => {
  test('has a name for each type that is offered', () => {
    const names = accepted.map(describeMediaType)
    expect(new Set(names).size).toBe(accepted.length)
    expect(names.filter(name => name.includes('/'))).toStrictEqual([])
  })

  test.each([['application/x'], [''], ['constructor'], ['toString']])(
    'gives back %p, which it does not know',
    mediaType => {
      expect(describeMediaType(mediaType)).toBe(mediaType)
    }
  )
})

describe('withoutParameters', () => {
  test.each([
    ['application/json', 'application/json'],
    ['application/json; charset=utf-8', 'application/json'],
    ['application/json;charset=ISO-8859-1', 'application/json'],
    ['application/json ; a=b; c="d;e"', 'application/json'],
    [' Application/JSON ', 'application/json'],
    ['', ''],
    [';', '']
  ])('makes of %p %p', (contentType, mediaType) => {
    expect(withoutParameters(contentType)).toBe(mediaType)
  })

  test('leaves no parameter and no upper-case letter', () => {
    fc.assert(
      fc.property(wildText, fc.string(), (type, parameters) => {
        const mediaType = withoutParameters(`${type};${parameters}`)
        expect(mediaType).not.toContain(';')
        expect(withoutParameters(mediaType)).toBe(mediaType)
      })
    )
  })
})

test.each([
  ['', true],
  ['application/json', true],
  ['application/octet-stream', true],
  ['text/plain', true],
  ['text/html', false],
  ...accepted.map(type => [type, false] as const),
  [mediaTypes.schema1, false]
])('isUnspecific: %p is %p', (mediaType, expected) => {
  expect(isUnspecific(mediaType)).toBe(expected)
})

test.each([
  [mediaTypes.schema1, true],
  [mediaTypes.schema1Signed, true],
  ...accepted.map(type => [type, false] as const),
  ['application/vnd.docker.container.image.v1+json', false],
  ['application/json', false],
  ['', false]
])('isSchema1: %p is %p', (mediaType, expected) => {
  expect(isSchema1(mediaType)).toBe(expected)
})

test.each([
  [{ manifests: [] }, mediaTypes.ociIndex],
  [{ config: {}, layers: [] }, mediaTypes.ociManifest],
  [{ layers: [] }, mediaTypes.ociManifest],
  [{ config: {} }, mediaTypes.ociManifest],
  [{ schemaVersion: 2 }, undefined],
  [{}, undefined]
])('inferMediaType: %j is %p', (content, mediaType) => {
  expect(inferMediaType(content)).toBe(mediaType)
})
