/** Tests of sources: an image, or an index that is made of several. */
import { describe, expect, test } from '@jest/globals'
import { formatReference, parseReference } from '../../src/oci/reference.ts'
import { formatSource, homeOf, isWithin, referencesOf } from '../../src/promotion/source.ts'
import { indexSourceOf, sourceOf } from '../../testing/samples.ts'

const image = 'ghcr.io/acme/app:sha-1'
const parts = ['ghcr.io/acme/app:amd64', 'docker.io/acme/app:arm64'] as const

describe('a source', () => {
  test.each([
    [sourceOf(image), [image], image],
    [indexSourceOf(parts), parts, 'ghcr.io/acme/app:amd64 + docker.io/acme/app:arm64']
  ])('is named by all that it is made of (%#)', (source, references, name) => {
    expect(referencesOf(source).map(formatReference)).toStrictEqual(references)
    expect(formatSource(source)).toBe(name)
  })

  test('is in one repository where all of its parts are', () => {
    const { repository } = parseReference(image)
    expect(isWithin(sourceOf(image), repository)).toBe(true)
    expect(isWithin(indexSourceOf([image, image]), repository)).toBe(true)
    expect(isWithin(indexSourceOf(parts), repository)).toBe(false)
    expect(homeOf(indexSourceOf(parts))).toStrictEqual(repository)
  })
})
