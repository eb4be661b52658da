/** Tests of what no index is made of. */
import { describe, expect, test } from '@jest/globals'
import { MAXIMUM_MANIFEST_BYTES } from '../../src/oci/manifest.ts'
import { type Image, artifact, descriptorOf, indexOf, mediaTypes } from '../../testing/images.ts'
import { amd64, arm64, attestation, built, descriptorFor, messageOf, rawIndex } from './index-parts.ts'

describe('makeIndex refuses', () => {
  const other = built('linux/amd64', { seed: 'another' })

  test('two different images for one platform, and names both parts', () => {
    expect(messageOf([amd64, arm64, other])).toBe(
      `ghcr.io/acme/app0@${amd64.digest} and ghcr.io/acme/app2@${other.digest} have different images for one platform, linux/amd64`
    )
    expect(messageOf([amd64, indexOf([arm64, built('linux/amd64/v1', { seed: 'b' })])])).toContain('app0')
    expect(messageOf([indexOf([other]), indexOf([amd64, arm64])])).toContain('linux/amd64')
  })

  test('no images that differ by version or features of the system, nor those that one index tells apart', () => {
    const windows = (version: string, features: readonly string[] = []): object =>
      descriptorFor(built(`windows/${version}${features.join('')}`), {
        os: 'windows',
        architecture: 'amd64',
        'os.version': version,
        'os.features': features
      })
    const first = rawIndex([windows('10.0.17763.1')])
    expect(
      messageOf([first, rawIndex([windows('10.0.20348.1')]), rawIndex([windows('10.0.17763.1', ['win32k'])])])
    ).toBe('')
    const zstd = {
      ...descriptorFor(other, { os: 'linux', architecture: 'amd64' }),
      annotations: { 'io.github.containers.compression.zstd': 'true' }
    }
    const both = rawIndex([descriptorFor(amd64, { os: 'linux', architecture: 'amd64' }), zstd])
    expect(messageOf([both, arm64])).toBe('')
    expect(messageOf([amd64, both, arm64])).toBe('')
    const artifactOf = {
      ...descriptorFor(other, { os: 'linux', architecture: 'amd64' }),
      artifactType: 'application/vnd.example'
    }
    expect(
      messageOf([amd64, rawIndex([artifactOf, descriptorFor(arm64, { os: 'linux', architecture: 'arm64' })])])
    ).toBe('')
  })

  test.each<[string, Image, string]>([
    ['an artifact', artifact(), 'is not an image'],
    ['an image without a platform', attestation, 'has no platform: its config names no os and architecture'],
    ['an index without images', indexOf([artifact()]), 'lists no image for a platform'],
    ['an empty index', indexOf([]), 'lists no image for a platform'],
    [
      'an index of schema-1 manifests',
      rawIndex([{ ...descriptorOf(amd64), mediaType: mediaTypes.schema1 }]),
      'is a schema-1 manifest'
    ],
    [
      'a descriptor without a size',
      rawIndex([{ ...descriptorOf(amd64), size: '7' }]),
      'does not say how large'
    ],
    [
      'a digest that is none',
      rawIndex([{ ...descriptorOf(amd64), digest: '../x' }]),
      'which is not a digest'
    ],
    ['a descriptor that is null', rawIndex([null as unknown as object]), 'which is not a digest']
  ])('%s, and names it', (_what, part, why) => {
    const message = messageOf([arm64, part])
    expect(message).toContain(`ghcr.io/acme/app1@${part.digest}`)
    expect(message).toContain(why)
  })

  test('an index that would be too large, by its bytes or by what it holds', () => {
    const long = {
      ...descriptorFor(amd64, { os: 'linux', architecture: 'amd64' }),
      data: 'x'.repeat(MAXIMUM_MANIFEST_BYTES / 2)
    }
    const wide = {
      ...descriptorFor(arm64, { os: 'linux', architecture: 'arm64' }),
      data: 'x'.repeat(MAXIMUM_MANIFEST_BYTES / 2)
    }
    expect(messageOf([rawIndex([long]), rawIndex([wide])])).toContain('larger than 4 MiB')
    const many = (of: Image, platform: object): Image =>
      rawIndex([{ ...descriptorFor(of, platform), x: Array.from({ length: 130_000 }, () => 1) }])
    expect(
      messageOf([
        many(amd64, { os: 'linux', architecture: 'amd64' }),
        many(arm64, { os: 'linux', architecture: 'arm64' })
      ])
    ).toContain('larger than 4 MiB')
  })
})
