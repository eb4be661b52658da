/** Properties of all that reads manifests and configs: whatever they hold, it is read or refused by code. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseDescriptors, partsOf, subjectOf } from '../../src/oci/descriptor.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { statedMetadata } from '../../src/oci/annotations.ts'
import { configOf, readConfig } from '../../src/oci/config.ts'
import { type Manifest, describeManifest, platformsOf, readManifest } from '../../src/oci/manifest.ts'
import { OCI_INDEX } from '../../src/oci/media-type.ts'
import { addReferrers, readReferrers } from '../../src/oci/referrers.ts'
import { deep, hostileJson, hostileTexts } from '../../testing/hostile.ts'
import { image, mediaTypes } from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const types = Object.values(mediaTypes)
const names = [
  ...[
    'schemaVersion',
    'mediaType',
    'config',
    'layers',
    'manifests',
    'blobs',
    'subject',
    'annotations',
    'digest',
    'size'
  ],
  ...['platform', 'os', 'architecture', 'variant', 'history', 'artifactType', 'Labels', 'created'],
  'org.opencontainers.image.version'
]
const json = hostileJson(names, [digest, 'linux', '1.0.0', '2026-01-01T00:00:00Z', ...types])
const contentTypes = fc.oneof(fc.constantFrom(...types, '', 'application/json'), hostileTexts)
const codes = [undefined, 'MANIFEST_UNSUPPORTED', 'DIGEST_MISMATCH']
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

// A descriptor that is right but for one field that is anything.
const descriptors = fc
  .tuple(fc.constantFrom('mediaType', 'digest', 'size', 'platform', 'annotations'), json)
  .map(([field, value]) => ({ mediaType: mediaTypes.ociManifest, digest, size: 7, [field]: value }))
const manifests = fc.oneof(
  json,
  fc.array(descriptors, { maxLength: 3 }).map(list => ({ schemaVersion: 2, manifests: list })),
  fc
    .tuple(descriptors, fc.array(descriptors, { maxLength: 3 }), descriptors)
    .map(([config, layers, subject]) => ({ schemaVersion: 2, config, layers, subject }))
)

/** Makes all of a manifest that the program makes of one. */
function useAll(manifest: Manifest): void {
  for (const line of [describeManifest(manifest), ...platformsOf(manifest)])
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]|##\[/u)
  configOf(manifest)
  statedMetadata(manifest.content.annotations)
  subjectOf(manifest)
  partsOf(manifest)
}

function read(bytes: Uint8Array, contentType: string): Manifest {
  return readManifest({ bytes, contentType })
}

describe('a manifest is read, or refused by code', () => {
  test('whatever its JSON is', () => {
    fc.assert(
      fc.property(manifests, contentTypes, (value, contentType) => {
        const bytes = bytesOf(value)
        expect(codes).toContain(
          codeThrownBy(() => {
            useAll(read(bytes, contentType))
          })
        )
      })
    )
  })

  test('whatever its bytes and the header are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), contentTypes, hostileTexts, (bytes, contentType, digestHeader) => {
        const code = codeThrownBy(() => {
          useAll(readManifest({ bytes, contentType, digestHeader }))
        })
        expect(code).toBe('MANIFEST_UNSUPPORTED')
      })
    )
  })

  const hollow = '{"toString":1,"valueOf":1}'
  const wrongs = [...deep(), hollow, `[${hollow}]`]

  test.each([
    ['schemaVersion', (wrong: string) => `{"schemaVersion":${wrong},"config":{}}`],
    ['mediaType', (wrong: string) => `{"mediaType":${wrong},"config":{}}`],
    ['config', (wrong: string) => `{"config":${wrong}}`],
    ['layers', (wrong: string) => `{"layers":[{"digest":${wrong}}]}`],
    [
      'manifests',
      (wrong: string) => `{"manifests":[{"digest":${wrong},"platform":{"os":${wrong},"architecture":1}}]}`
    ],
    ['size', (wrong: string) => `{"manifests":[{"digest":"${digest}","mediaType":"a","size":${wrong}}]}`],
    ['annotations', (wrong: string) => `{"layers":[],"annotations":${wrong},"subject":${wrong}}`],
    ['the whole', (wrong: string) => wrong]
  ])('however deep, and with methods of its own: %s', (_what, write) => {
    for (const wrong of wrongs) {
      for (const contentType of ['', mediaTypes.ociManifest, mediaTypes.ociIndex])
        expect(codes).toContain(
          codeThrownBy(() => {
            useAll(read(Buffer.from(write(wrong)), contentType))
          })
        )
    }
  })
})

describe('a config is read, or refused by code', () => {
  test('whatever its JSON is', () => {
    fc.assert(
      fc.property(
        fc.oneof(json, fc.record({ config: json, created: json, os: json, architecture: json })),
        value => {
          const bytes = bytesOf(value)
          expect(codeThrownBy(() => readConfig(bytes, digestOf(bytes)))).toBeUndefined()
        }
      )
    )
  })

  test('whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), bytes => {
        expect(codes).toContain(codeThrownBy(() => readConfig(bytes, digestOf(bytes))))
      })
    )
  })
})

describe('a list of referrers is read, added to, or refused by code', () => {
  const added = [image({ subject: image() })].map(({ bytes, mediaType }) => read(bytes, mediaType))

  test('whatever its JSON is', () => {
    fc.assert(
      fc.property(manifests, value => {
        const bytes = bytesOf(value)
        expect(codes).toContain(codeThrownBy(() => readReferrers(bytes)))
        expect(codes).toContain(codeThrownBy(() => parseDescriptors(bytes, 'layers')))
        expect([...codes, 'REGISTRY_REJECTED']).toContain(
          codeThrownBy(() => addReferrers(digestOf(Buffer.from('subject')), read(bytes, OCI_INDEX), added))
        )
      })
    )
  })

  test('of any depth', () => {
    for (const wrong of deep()) {
      const bytes = Buffer.from(`{"manifests":[],"annotations":${wrong}}`)
      expect(
        codeThrownBy(() => addReferrers(digestOf(Buffer.from('subject')), read(bytes, OCI_INDEX), added))
      ).toBe('MANIFEST_UNSUPPORTED')
    }
  })
})
