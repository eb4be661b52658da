/** Tests of reading what a manifest points to, and of refusing what it cannot mean. */
import { describe, expect, test } from '@jest/globals'
import { parseDescriptors, partsOf, subjectOf } from '../../src/oci/descriptor.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import {
  type Image,
  artifact,
  descriptorOf,
  dockerImage,
  image,
  indexOf,
  mediaTypes,
  referrerOf
} from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

const manifestOf = ({ bytes, mediaType }: Image): Manifest => readManifest({ bytes, contentType: mediaType })
const written = (content: object, mediaType: string = mediaTypes.ociManifest): Manifest =>
  readManifest({ bytes: Buffer.from(JSON.stringify(content)), contentType: mediaType })

const digest = `sha256:${'a'.repeat(64)}`
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest, size: 7 }
const foreign = { ...layer, digest: `sha256:${'b'.repeat(64)}` }

describe('partsOf', () => {
  test.each([
    ['an OCI image', image({ layers: [Buffer.from('one'), Buffer.from('two')] })],
    ['a Docker image', dockerImage()],
    ['an artifact', artifact()],
    ['an image without layers', image({ layers: [] })]
  ])('lists the config and the layers of %s', (_what, of) => {
    expect(partsOf(manifestOf(of))).toStrictEqual({ manifests: [], blobs: of.blobs.map(descriptorOf) })
  })

  test.each([
    ['an OCI index', mediaTypes.ociIndex],
    ['a Docker list', mediaTypes.dockerList]
  ])('lists the children of %s', (_what, mediaType) => {
    const children = [image(), dockerImage(), indexOf([image()])]
    expect(partsOf(manifestOf(indexOf(children, { mediaType })))).toStrictEqual({
      manifests: children.map(descriptorOf),
      blobs: []
    })
  })

  test('lists a part once that is named twice', () => {
    const one = image()
    const same = Buffer.from('same')
    expect(partsOf(manifestOf(indexOf([one, one]))).manifests).toHaveLength(1)
    expect(partsOf(manifestOf(image({ layers: [same, same] }))).blobs).toHaveLength(2)
  })

  test('lists the blobs of an OCI artifact manifest', () => {
    const mediaType = 'application/vnd.oci.artifact.manifest.v1+json'
    expect(partsOf(written({ mediaType, blobs: [layer] }, mediaType)).blobs).toStrictEqual([layer])
  })

  test('takes what is no manifest in an index for a blob, as in the caches of BuildKit', () => {
    expect(partsOf(written({ manifests: [layer] }, mediaTypes.ociIndex))).toStrictEqual({
      manifests: [],
      blobs: [layer]
    })
  })

  test.each([
    'application/vnd.docker.image.rootfs.foreign.diff.tar',
    'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd'
  ])('leaves out layers of the type %s', mediaType => {
    expect(partsOf(written({ layers: [{ ...foreign, mediaType }, layer] })).blobs).toStrictEqual([layer])
  })

  test('keeps a layer that has urls and a type of its own', () => {
    const somewhere = { ...layer, urls: ['https://elsewhere.example/layer'] }
    expect(partsOf(written({ layers: [somewhere] })).blobs).toStrictEqual([layer])
  })

  test.each([
    ['a digest with a path in it', { ...layer, digest: 'sha256:../../../acme/secret' }],
    ['a digest of an unknown algorithm', { ...layer, digest: `md5:${'a'.repeat(32)}` }],
    ['a digest in upper case', { ...layer, digest: digest.toUpperCase() }],
    ['no digest', { mediaType: layer.mediaType, size: 7 }],
    ['a negative size', { ...layer, size: -1 }],
    ['a size that is no whole number', { ...layer, size: 1.5 }],
    ['a size beyond all that can be counted', { ...layer, size: 2 ** 53 }],
    ['a size as a text', { ...layer, size: '7' }],
    ['no media type', { digest, size: 7 }],
    ['null in its place', null],
    ['a text in its place', 'layer']
  ])('refuses a descriptor with %s', (_what, descriptor) => {
    expect(codeThrownBy(() => partsOf(written({ layers: [descriptor] })))).toBe('MANIFEST_UNSUPPORTED')
    expect(codeThrownBy(() => partsOf(written({ config: descriptor })))).toBe('MANIFEST_UNSUPPORTED')
    expect(codeThrownBy(() => partsOf(written({ manifests: [descriptor] }, mediaTypes.ociIndex)))).toBe(
      'MANIFEST_UNSUPPORTED'
    )
  })

  test.each([
    ['layers that are no list', { layers: {} }, mediaTypes.ociManifest],
    [
      'a child of schema 1',
      { manifests: [{ ...layer, mediaType: mediaTypes.schema1Signed }] },
      mediaTypes.ociIndex
    ],
    [
      'a child larger than a manifest can be',
      { manifests: [{ ...layer, mediaType: mediaTypes.ociManifest, size: 4 * 1024 * 1024 + 1 }] },
      mediaTypes.ociIndex
    ]
  ])('refuses %s', (_what, content, mediaType) => {
    expect(codeThrownBy(() => partsOf(written(content, mediaType)))).toBe('MANIFEST_UNSUPPORTED')
  })

  test('does not look at what foreign layers say of themselves but their type', () => {
    const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
    expect(codeThrownBy(() => partsOf(written({ layers: [{ ...foreign, mediaType, digest: 'x' }] })))).toBe(
      'MANIFEST_UNSUPPORTED'
    )
  })
})

describe('subjectOf', () => {
  test('gives what a referrer refers to', () => {
    const subject = image()
    expect(subjectOf(manifestOf(referrerOf(subject)))).toStrictEqual(descriptorOf(subject))
  })

  test('gives nothing for what refers to nothing', () => {
    expect(subjectOf(manifestOf(image()))).toBeUndefined()
  })

  test('refuses a subject that cannot be one', () => {
    expect(codeThrownBy(() => subjectOf(written({ subject: { digest: '../..' } })))).toBe(
      'MANIFEST_UNSUPPORTED'
    )
  })
})

describe('parseDescriptors', () => {
  test.each([
    ['a list', JSON.stringify({ manifests: [layer] }), [layer]],
    ['an empty list', '{"manifests":[]}', []],
    ['null in place of a list', '{"manifests":null}', []],
    ['nothing in place of a list', '{}', []],
    ['null in place of everything', 'null', []]
  ])('reads %s', (_what, json, expected) => {
    expect(parseDescriptors(Buffer.from(json), 'manifests')).toStrictEqual(expected)
  })

  test.each(['<html>', '', '{"manifests":{}}', '{"manifests":[1]}'])('refuses %p', text => {
    expect(codeThrownBy(() => parseDescriptors(Buffer.from(text), 'manifests'))).toBe('MANIFEST_UNSUPPORTED')
  })
})
