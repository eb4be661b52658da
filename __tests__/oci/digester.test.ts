/** Tests of digests that are computed piece by piece. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf, hasherLike } from '../../src/oci/digester.ts'

describe('hasherLike', () => {
  test.each([`sha256:${'0'.repeat(64)}`, `sha512:${'0'.repeat(128)}`] as Digest[])(
    'gives the digest that the whole has, by the algorithm of %s',
    like => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array()), pieces => {
          const hasher = hasherLike(like)
          for (const piece of pieces) hasher.update(piece)
          expect(hasher.digest()).toBe(digestOf(Buffer.concat(pieces), like))
        })
      )
    }
  )
})
