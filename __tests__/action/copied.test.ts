/** Tests of what copies moved, in words. */
import { expect, test } from '@jest/globals'
import { countCopied } from '../../src/action/copied.ts'
import { nothingCopied } from '../../src/core/copy.ts'

test.each([
  [{}, ''],
  [{ blobs: 9, bytes: 1_073_906_449, manifests: 1 }, '9 blobs (1.1 GB), 1 manifest'],
  [
    { mounted: 1, present: 3, manifests: 2, referrers: 1 },
    '1 blob mounted, 2 manifests, 1 referrer, 3 blobs there already'
  ],
  [{ blobs: 1, bytes: 2, referrers: 2 }, '1 blob (2 bytes), 2 referrers']
])('countCopied puts %p in words', (copied, words) => {
  expect(countCopied({ ...nothingCopied, ...copied })).toBe(words)
})
