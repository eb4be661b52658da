/** Tests of the gate: what a source must be before it is promoted. */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digest.ts'
import { type Gate, objectionTo, openGate } from '../../src/promotion/requirements.ts'
import { manifestOf, otherDigest } from '../../testing/samples.ts'

const manifest = manifestOf()
const platforms = ['linux/amd64', 'linux/arm64/v8']
const sha512 = digestOf(manifest.bytes, `sha512:${'0'.repeat(128)}` as typeof otherDigest)

describe('objectionTo', () => {
  test.each<[string, Gate]>([
    ['no demands', openGate],
    ['its digest', { digest: manifest.digest, platforms: [] }],
    ['its digest by another algorithm', { digest: sha512, platforms: [] }],
    ['its platforms', { platforms: ['linux/arm64', 'linux/amd64'] }]
  ])('lets a source pass that meets %s', (_what, gate) => {
    expect(objectionTo(manifest, platforms, gate)).toBeUndefined()
  })

  test('names both digests when the source has another', () => {
    const objection = objectionTo(manifest, platforms, { digest: otherDigest, platforms: [] })
    expect(objection?.code).toBe('DIGEST_MISMATCH')
    expect(objection?.message).toContain(manifest.digest)
    expect(objection?.message).toContain(otherDigest)
  })

  test('names the platforms that the source lacks, and those that it has', () => {
    const objection = objectionTo(manifest, platforms, { platforms: ['linux/s390x', 'linux/amd64'] })
    expect(objection?.code).toBe('PLATFORM_MISSING')
    expect(objection?.message).toMatch(/lacks linux\/s390x; it has linux\/amd64, linux\/arm64\/v8/)
  })

  test('says so when the source names no platform at all', () => {
    const objection = objectionTo(manifest, [], { platforms: ['linux/amd64'] })
    expect(objection?.message).toContain('names no platform')
  })
})
