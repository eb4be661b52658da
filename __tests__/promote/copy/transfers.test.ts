/** Tests of how many transfers run at once. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  MAXIMUM_TRANSFERS,
  MAXIMUM_TRANSFER_BYTES,
  UNSIZED_TRANSFERS,
  transferEach
} from '../../../src/promote/copy/transfers.ts'

const identity = (size: number): number => size
const MEBIBYTE = 1024 * 1024

/** Runs transfers of some sizes that end only when all that may begin has begun; gives how many were under way each time. */
async function batchesOf(sizes: readonly number[]): Promise<number[][]> {
  const batches: number[][] = []
  const underWay: { size: number; end: () => void }[] = []
  const all = transferEach(sizes, identity, size => new Promise<void>(end => underWay.push({ size, end })))
  for (let left = sizes.length; left > 0;) {
    await new Promise(resolve => setImmediate(resolve))
    const batch = underWay.splice(0)
    left -= batch.length
    batches.push(batch.map(({ size }) => size))
    for (const { end } of batch) end()
  }
  await all
  return batches
}

describe('transferEach', () => {
  test('runs 16 small ones at once', async () => {
    const batches = await batchesOf(Array<number>(40).fill(1000))
    expect(batches.map(({ length }) => length)).toEqual([16, 16, 8])
  })

  test('runs four at once whatever their sizes, and no more where they have more bytes than the limit', async () => {
    const batches = await batchesOf([...Array<number>(5).fill(20 * MEBIBYTE), 8, 8])
    expect(batches.map(({ length }) => length)).toEqual([4, 3])
  })

  test('counts the bytes of all transfers in progress', async () => {
    const batches = await batchesOf(Array<number>(9).fill(5 * MEBIBYTE))
    expect(batches.map(({ length }) => length)).toEqual([6, 3])
  })

  test('begins the largest first, each once, within the limits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2 * MAXIMUM_TRANSFER_BYTES), { maxLength: 60 }), async sizes => {
        const batches = await batchesOf(sizes)
        expect(batches.flat()).toEqual(sizes.toSorted((a, b) => b - a))
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(MAXIMUM_TRANSFERS)
          const bytes = batch.reduce((sum, size) => sum + size, 0)
          if (bytes > MAXIMUM_TRANSFER_BYTES) expect(batch.length).toBeLessThanOrEqual(UNSIZED_TRANSFERS)
        }
      })
    )
  })

  test('starts nothing after a failure, and ends when everything in progress has ended', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const transfers = transferEach([...Array(20).keys()], identity, async item => {
      begun.push(item)
      await new Promise(resolve => setImmediate(resolve))
      if (item === 19) throw new Error('broken')
      await new Promise(resolve => setImmediate(resolve))
      ended.push(item)
    })
    await expect(transfers).rejects.toThrow('broken')
    expect(begun).toHaveLength(16)
    expect(ended).toHaveLength(15)
  })

  test('does nothing with an empty list', async () => {
    await expect(
      transferEach([], identity, () => Promise.reject(new Error('never')))
    ).resolves.toBeUndefined()
  })
})
