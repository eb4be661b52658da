/** Tests of what copies will move, as numbers. */
import { describe, expect, test } from '@jest/globals'
import {
  type Copy,
  type LocatedBlob,
  type MissingContent,
  expectCopied,
  nothingCopied,
  sumCopied
} from '../../src/promotion/copy.ts'
import { type Manifest, readManifest } from '../../src/oci/manifest.ts'
import { type Repository, canMount, parseReference } from '../../src/oci/reference.ts'
import { type Image, descriptorOf, image, referrerOf } from '../../testing/images.ts'

const repository = (name: string): Repository => parseReference(`${name}:1`).repository
const manifestOf = ({ bytes, mediaType }: Image): Manifest => readManifest({ bytes, contentType: mediaType })

const staging = repository('one.example/staging')
const production = repository('one.example/production')
const elsewhere = repository('two.example/staging')

/** What is missing where nothing is there. */
function missingOf(of: Image): MissingContent {
  const root = manifestOf(of)
  const blobs = of.blobs.map(blob => ({ ...descriptorOf(blob), from: staging })) as LocatedBlob[]
  return { graph: { root, manifests: [root], blobs }, manifests: [root], blobs }
}

function copyTo(to: Repository): Copy {
  const subject = image()
  const attached = missingOf(referrerOf(subject))
  return {
    to,
    image: missingOf(subject),
    attachments: [
      { ...attached, attachment: { subject: manifestOf(subject).digest, graph: attached.graph } }
    ],
    present: 3,
    warnings: []
  }
}

describe('canMount', () => {
  test.each([
    ['another repository of the same registry', production, true],
    ['the same repository', staging, false],
    ['another registry', elsewhere, false]
  ])('knows %s', (_what, to, expected) => {
    expect(canMount({ from: staging, to })).toBe(expected)
  })
})

describe('expectCopied', () => {
  test('counts blobs and bytes between registries', () => {
    const copy = copyTo(elsewhere)
    const bytes = [...copy.image.blobs, ...(copy.attachments[0]?.blobs ?? [])].reduce(
      (sum, { size }) => sum + size,
      0
    )
    expect(expectCopied([copy])).toStrictEqual({
      manifests: 2,
      blobs: 4,
      bytes,
      mounted: 0,
      present: 3,
      referrers: 1
    })
  })

  test('counts mounts within a registry', () => {
    expect(expectCopied([copyTo(production)])).toStrictEqual({
      manifests: 2,
      blobs: 0,
      bytes: 0,
      mounted: 4,
      present: 3,
      referrers: 1
    })
  })

  test('adds up copies', () => {
    expect(expectCopied([copyTo(production), copyTo(production)])).toMatchObject({ manifests: 4, mounted: 8 })
    expect(expectCopied([])).toStrictEqual(nothingCopied)
  })
})

test('sumCopied takes what is not named for nothing', () => {
  expect(sumCopied([{ blobs: 1, bytes: 5 }, { manifests: 1 }, { blobs: 2 }])).toStrictEqual({
    ...nothingCopied,
    blobs: 3,
    bytes: 5,
    manifests: 1
  })
})
