/** Tests of the tags that stand in for referrers, and of the lists that Retag writes itself. */
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import {
  addReferrers,
  cosignTags,
  isReferrersList,
  readUntypedReferrers,
  readReferrers,
  referrersTag
} from '../../src/oci/referrers.ts'
import {
  type Image,
  artifact,
  descriptorOf,
  image,
  indexOf,
  mediaTypes,
  referrerOf
} from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

const manifestOf = ({ bytes, mediaType }: Image): Manifest => readManifest({ bytes, contentType: mediaType })
const sha512 = digestOf(Buffer.from('x'), `sha512:${'0'.repeat(128)}` as Digest)
const subject = image()
const subjectDigest = subject.digest as Digest
const signature = manifestOf(referrerOf(subject, { seed: 'one', artifactType: 'application/signature' }))
const sbom = manifestOf(referrerOf(subject, { seed: 'two', annotations: { 'org.example': 'sbom' } }))

/** What a list says, as JSON. */
function contentOf(list: Manifest | undefined): { manifests: object[] } & Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(list?.bytes)) as { manifests: object[] }
}

describe('referrersTag', () => {
  test('is the digest with a hyphen', () => {
    expect(referrersTag(subject.digest as Digest)).toBe(subject.digest.replace(':', '-'))
  })

  test('cuts a longer digest at 64 digits', () => {
    expect(referrersTag(sha512)).toBe(`sha512-${sha512.slice('sha512:'.length, 'sha512:'.length + 64)}`)
  })
})

describe('cosignTags', () => {
  test('are the digest with a hyphen and one of three endings', () => {
    const stem = subject.digest.replace(':', '-')
    expect(cosignTags(subject.digest as Digest)).toStrictEqual([`${stem}.sig`, `${stem}.att`, `${stem}.sbom`])
  })

  test('do not exist for sha512', () => {
    expect(cosignTags(sha512)).toStrictEqual([])
  })
})

describe('readUntypedReferrers', () => {
  const read = (content: string): unknown => readUntypedReferrers(Buffer.from(content))

  test.each(['null', '[]', '<html>', '{}', '{"mediaType":"application/json","manifests":[]}'])(
    'takes %s for no list',
    content => {
      expect(read(content)).toBeUndefined()
    }
  )

  test('reads a list, and refuses one whose entries are no descriptors', () => {
    expect(read('{"manifests":[]}')).toStrictEqual([])
    expect(codeThrownBy(() => read('{"manifests":[{"digest":"sha256:12"}]}'))).toBe('MANIFEST_UNSUPPORTED')
  })
})

describe('isReferrersList', () => {
  test('tells an index from an image that cosign gave the same tag', () => {
    expect(isReferrersList(manifestOf(indexOf([])), subjectDigest)).toBe(true)
    expect(isReferrersList(manifestOf(image()), subjectDigest)).toBe(false)
    expect(
      isReferrersList(manifestOf(indexOf([], { mediaType: mediaTypes.dockerList })), subjectDigest)
    ).toBe(false)
  })
})

describe('readReferrers', () => {
  test('returns the manifests of a list, and nothing else in it', () => {
    const other = { ...descriptorOf(image({ seed: 'other' })), mediaType: 'text/plain' }
    const listed = { manifests: [descriptorOf(image()), other] }
    expect(readReferrers(Buffer.from(JSON.stringify(listed)))).toStrictEqual([descriptorOf(image())])
  })
})

describe('addReferrers', () => {
  test('starts a list if there is none', () => {
    const list = addReferrers(subjectDigest, undefined, [signature, sbom])
    expect(list).toMatchObject({ mediaType: mediaTypes.ociIndex, kind: 'index' })
    expect(list?.digest).toBe(digestOf(list?.bytes ?? new Uint8Array()))
    expect(contentOf(list)).toStrictEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [
        {
          mediaType: mediaTypes.ociManifest,
          digest: signature.digest,
          size: signature.bytes.length,
          artifactType: 'application/signature'
        },
        {
          mediaType: mediaTypes.ociManifest,
          digest: sbom.digest,
          size: sbom.bytes.length,
          artifactType: 'application/vnd.example.sbom.v1+json',
          annotations: { 'org.example': 'sbom' }
        }
      ]
    })
  })

  test('keeps all that a list holds', () => {
    const kept = manifestOf(
      indexOf([artifact({ seed: 'kept' })], { annotations: { 'org.example.list': 'mine' } })
    )
    const before = contentOf(kept)
    expect(contentOf(addReferrers(subjectDigest, kept, [signature]))).toStrictEqual({
      ...before,
      manifests: [...before.manifests, expect.objectContaining({ digest: signature.digest })]
    })
  })

  test('adds only what is not listed', () => {
    const list = addReferrers(subjectDigest, undefined, [signature])
    expect(contentOf(addReferrers(subjectDigest, list, [signature, sbom])).manifests).toHaveLength(2)
  })

  test('writes nothing where all is listed', () => {
    const list = addReferrers(subjectDigest, undefined, [signature])
    expect(addReferrers(subjectDigest, list, [signature])).toBeUndefined()
    expect(addReferrers(subjectDigest, undefined, [])).toBeUndefined()
  })

  test('names the config of an image as its artifact type, and nothing where an index has none', () => {
    const config = 'application/vnd.oci.image.config.v1+json'
    const [plain, index] = contentOf(
      addReferrers(subjectDigest, undefined, [image({ subject }), indexOf([], { subject })].map(manifestOf))
    ).manifests
    expect(plain).toMatchObject({ artifactType: config })
    expect(index).not.toHaveProperty('artifactType')
    expect(index).not.toHaveProperty('annotations')
  })

  test('leaves an image alone that has the tag of the list', () => {
    expect(codeThrownBy(() => addReferrers(subjectDigest, manifestOf(image()), [signature]))).toBe(
      'REGISTRY_REJECTED'
    )
  })

  test('does not write a list that no registry would take', () => {
    const large = artifact({ annotations: { filler: 'x'.repeat(2 * 1024 * 1024) } })
    const other = artifact({ annotations: { filler: 'y'.repeat(2 * 1024 * 1024) } })
    expect(codeThrownBy(() => addReferrers(subjectDigest, undefined, [large, other].map(manifestOf)))).toBe(
      'REGISTRY_REJECTED'
    )
  })
})
