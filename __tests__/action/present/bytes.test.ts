/** Tests of sizes in words. */
import { expect, test } from '@jest/globals'
import { formatBytes } from '../../../src/action/present/bytes.ts'

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [9949, '9.9 kB'],
  [9951, '10 kB'],
  [12_345, '12 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [999_999, '1.0 MB'],
  [1_073_906_449, '1.1 GB'],
  [345_000_000, '345 MB'],
  [2_500_000_000_000, '2.5 TB'],
  [7_000_000_000_000_000, '7000 TB']
])('formatBytes writes %d as %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words)
})
