/** Tests of work over a list, a few at a time. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { MAXIMUM_PARALLEL, inParallel } from '../../src/promote/in-parallel.ts'

test('32 is the most', () => {
  expect(MAXIMUM_PARALLEL).toBe(32)
})

describe('inParallel', () => {
  test('gives the results in the order of the list, whichever is done first, never more than 32 at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer(), { maxLength: 80 }),
        async (scheduler, items) => {
          let underWay = 0
          let most = 0
          const results = inParallel(items, async item => {
            most = Math.max(most, ++underWay)
            await scheduler.schedule(Promise.resolve())
            underWay--
            return item * 2
          })
          await scheduler.waitIdle()
          expect(await results).toStrictEqual(items.map(item => item * 2))
          expect(most).toBe(Math.min(items.length, 32))
        }
      )
    )
  })

  test('begins the next as soon as one is done, not when all 32 are', async () => {
    const begun: number[] = []
    const ends = new Map<number, () => void>()
    const results = inParallel([...Array(34).keys()], async item => {
      begun.push(item)
      await new Promise<void>(end => ends.set(item, end))
    })
    expect(begun).toHaveLength(32)

    ends.get(7)?.()
    await settled()
    expect(begun).toHaveLength(33)

    ends.get(32)?.()
    await settled()
    expect(begun).toHaveLength(34)

    for (const end of ends.values()) end()
    await results
  })

  test('calls the function once for each item', async () => {
    const seen: string[] = []
    await inParallel(['a', 'a', 'b'], item => Promise.resolve(seen.push(item)))
    expect(seen).toStrictEqual(['a', 'a', 'b'])
  })

  test('does nothing with an empty list', async () => {
    expect(await inParallel([], () => Promise.reject(new Error('never')))).toStrictEqual([])
  })

  test('fails with the error of the work', async () => {
    const error = new Error('broken')
    const results = inParallel([1, 2, 3], item =>
      item === 2 ? Promise.reject(error) : Promise.resolve(item)
    )
    await expect(results).rejects.toBe(error)
  })

  test('fails once everything in progress has ended, and starts nothing more', async () => {
    const begun: number[] = []
    const ends = new Map<number, () => void>()
    let hasFailed = false
    const results = inParallel([...Array(34).keys()], async item => {
      begun.push(item)
      if (item === 3) throw new Error('broken')
      await new Promise<void>(end => ends.set(item, end))
    }).catch(() => {
      hasFailed = true
    })
    ends.get(0)?.()
    await settled()
    expect(hasFailed).toBe(false)

    for (const end of ends.values()) end()
    await results
    expect(hasFailed).toBe(true)
    expect(begun).toHaveLength(32)
  })

  test('fails when the work throws before it promises anything', async () => {
    const results = inParallel([1], (): Promise<never> => {
      throw new Error('broken')
    })
    await expect(results).rejects.toThrow('broken')
  })
})

/** Waits until everything that can go on without the test has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
