/** Tests of how many transfers run at once. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Digest } from '../../../src/oci/digest.ts'
import {
  MAXIMUM_TRANSFERS,
  MAXIMUM_TRANSFER_BYTES,
  type Transfer,
  UNSIZED_TRANSFERS,
  transferEach
} from '../../../src/promote/copy/transfers.ts'
import { repositoryNamed } from '../keeping-registry.ts'

const MEBIBYTE = 1024 * 1024

/** A transfer of so many bytes, from one registry to another unless others are named. */
function transferOf(size: number, [from, to] = ['one.example', 'two.example']): Transfer {
  const blob = { mediaType: '', digest: `sha256:${'0'.repeat(64)}` as Digest, size }
  return [{ from: repositoryNamed(`${from}/app`), to: repositoryNamed(`${to}/other`), blob }]
}

/** Carries out transfers, which end only when all that may begin has begun; gives those that were under way each time. */
async function batchesOf(transfers: readonly Transfer[]): Promise<Transfer[][]> {
  const batches: Transfer[][] = []
  const underWay: { transfer: Transfer; end: () => void }[] = []
  const all = transferEach(transfers, transfer => new Promise<void>(end => underWay.push({ transfer, end })))
  for (let left = transfers.length; left > 0;) {
    await new Promise(resolve => setImmediate(resolve))
    const batch = underWay.splice(0)
    left -= batch.length
    batches.push(batch.map(({ transfer }) => transfer))
    for (const { end } of batch) end()
  }
  await all
  return batches
}

const lengthsOf = (batches: readonly (readonly Transfer[])[]): number[] => batches.map(({ length }) => length)
const sizeOf = ([placement]: Transfer): number => placement?.blob.size ?? 0
const registries = ['one.example', 'two.example', 'three.example']

describe('transferEach', () => {
  test('runs 32 small ones at once between two registries', async () => {
    const batches = await batchesOf(Array.from({ length: 80 }, () => transferOf(1000)))
    expect(lengthsOf(batches)).toEqual([32, 32, 16])
  })

  test('runs more where others take part', async () => {
    const pairs = [
      ['one.example', 'two.example'],
      ['three.example', 'four.example']
    ] as [string, string][]
    const batches = await batchesOf(
      pairs.flatMap(pair => Array.from({ length: 32 }, () => transferOf(1000, pair)))
    )
    expect(lengthsOf(batches)).toEqual([64])
  })

  test('runs half as many within one registry, where each has two connections', async () => {
    const pair = ['one.example', 'one.example'] as [string, string]
    const batches = await batchesOf(Array.from({ length: 40 }, () => transferOf(1000, pair)))
    expect(lengthsOf(batches)).toEqual([16, 16, 8])
    const others = Array.from({ length: 31 }, () => transferOf(1000))
    expect(lengthsOf(await batchesOf([...others, transferOf(1000, pair)]))).toEqual([31, 1])
  })

  test('runs four at once whatever their sizes, and no more where they have more bytes than the limit', async () => {
    const sizes = [...Array<number>(5).fill(20 * MEBIBYTE), 8, 8]
    expect(lengthsOf(await batchesOf(sizes.map(size => transferOf(size))))).toEqual([4, 3])
  })

  test('counts the bytes of all transfers in progress', async () => {
    const batches = await batchesOf(Array.from({ length: 9 }, () => transferOf(5 * MEBIBYTE)))
    expect(lengthsOf(batches)).toEqual([6, 3])
  })

  test('begins the largest first, each once, within the limits', async () => {
    const anyTransfer = fc
      .tuple(
        fc.nat(2 * MAXIMUM_TRANSFER_BYTES).map(size => size + 1),
        fc.constantFrom(...registries),
        fc.constantFrom(...registries)
      )
      .map(([size, from, to]) => transferOf(size, [from, to]))
    const small = fc
      .tuple(fc.constantFrom(...registries), fc.constantFrom(...registries))
      .map(pair => transferOf(1, pair))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(anyTransfer, small), { maxLength: 120 }), async transfers => {
        const batches = await batchesOf(transfers)
        const bytesOf = (transfer: Transfer): number => {
          const [placement] = transfer
          return placement?.from.registry === placement?.to.registry ? 0 : sizeOf(transfer)
        }
        expect(batches.flat()).toEqual(transfers.toSorted((a, b) => bytesOf(b) - bytesOf(a)))
        for (const batch of batches) {
          const hosts = batch.flat().flatMap(({ from, to }) => [from.registry, to.registry])
          for (const host of registries)
            expect(hosts.filter(other => other === host).length).toBeLessThanOrEqual(MAXIMUM_TRANSFERS)
          const bytes = batch.reduce((sum, transfer) => sum + bytesOf(transfer), 0)
          if (bytes > MAXIMUM_TRANSFER_BYTES) expect(batch.length).toBeLessThanOrEqual(UNSIZED_TRANSFERS)
        }
      })
    )
  })

  test('starts nothing after a failure, and ends when everything in progress has ended', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const all = [...Array(40).keys()].map(size => transferOf(size))
    const transfers = transferEach(all, async transfer => {
      begun.push(sizeOf(transfer))
      await new Promise(resolve => setImmediate(resolve))
      if (sizeOf(transfer) === 39) throw new Error('broken')
      await new Promise(resolve => setImmediate(resolve))
      ended.push(sizeOf(transfer))
    })
    await expect(transfers).rejects.toThrow('broken')
    expect(begun).toHaveLength(32)
    expect(ended).toHaveLength(31)
  })

  test('does nothing with an empty list', async () => {
    await expect(transferEach([], () => Promise.reject(new Error('never')))).resolves.toBeUndefined()
  })
})
