/** Tests of the requirements: what a source has to be before it is promoted. */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digester.ts'
import { type Requirements, unmetRequirement } from '../../src/promotion/requirements.ts'
import { manifestOf, otherDigest } from '../../testing/samples.ts'

const manifest = manifestOf()
const platforms = ['linux/amd64', 'linux/arm64/v8']
const sha512 = digestOf(manifest.bytes, `sha512:${'0'.repeat(128)}` as typeof otherDigest)

describe('unmetRequirement', () => {
  test.each<[string, Requirements]>([
    ['no demands', { platforms: [] }],
    ['its digest', { digest: manifest.digest, platforms: [] }],
    ['its digest by another algorithm', { digest: sha512, platforms: [] }],
    ['its platforms', { platforms: ['linux/arm64', 'linux/amd64'] }]
  ])('lets a source pass that meets %s', (_what, required) => {
    expect(unmetRequirement({ manifest, platforms }, required)).toBeUndefined()
  })

  test('names both digests when the source has another', () => {
    const unmet = unmetRequirement({ manifest, platforms }, { digest: otherDigest, platforms: [] })
    expect(unmet?.code).toBe('DIGEST_MISMATCH')
    expect(unmet?.message).toContain(manifest.digest)
    expect(unmet?.message).toContain(otherDigest)
  })

  test('names the platforms that the source lacks, and those that it has', () => {
    const unmet = unmetRequirement({ manifest, platforms }, { platforms: ['linux/s390x', 'linux/amd64'] })
    expect(unmet?.code).toBe('PLATFORM_MISSING')
    expect(unmet?.message).toMatch(/lacks linux\/s390x; it has linux\/amd64, linux\/arm64\/v8/)
  })

  test('lists twenty platforms of each kind, and counts the others', () => {
    const many = Array.from({ length: 1000 }, (_, number) => `linux/a${number.toString()}`)
    const required = many.map(platform => `${platform}/v1`)
    const unmet = unmetRequirement({ manifest, platforms: many }, { platforms: required })
    expect(unmet?.message).toMatch(
      /^it lacks .* linux\/a19\/v1 and 980 more; it has .* linux\/a19 and 980 more$/
    )
  })

  test('says so when the source names no platform at all', () => {
    const unmet = unmetRequirement({ manifest, platforms: [] }, { platforms: ['linux/amd64'] })
    expect(unmet?.message).toContain('names no platform')
  })
})
