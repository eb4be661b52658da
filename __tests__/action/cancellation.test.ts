/** Tests of what a job's end does; the scenario sends real signals. */
import { describe, expect, jest, test } from '@jest/globals'
import { type Cancellation, cancellation } from '../../src/action/cancellation.ts'

const listeners = (): number => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')

/** Does work with a job's end, and stops listening whatever becomes of it. */
function during(giveUp: () => void, work: (job: Cancellation) => void): void {
  const job = cancellation(giveUp)
  try {
    work(job)
  } finally {
    job.end()
  }
}

describe('cancellation', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('aborts on %s with the reason', name => {
    during(
      () => undefined,
      ({ signal }) => {
        expect(signal.aborted).toBe(false)
        process.emit(name)
        expect(signal.reason).toMatchObject({ code: 'CANCELLED', message: 'the job was cancelled' })
      }
    )
  })

  test('gives requests in progress some seconds, once, however many signals come', () => {
    jest.useFakeTimers()
    try {
      const giveUp = jest.fn()
      during(giveUp, () => {
        process.emit('SIGINT')
        process.emit('SIGTERM')
        jest.advanceTimersByTime(5_900)
        expect(giveUp).not.toHaveBeenCalled()
        jest.advanceTimersByTime(10_000)
        expect(giveUp).toHaveBeenCalledTimes(1)
      })
    } finally {
      jest.useRealTimers()
    }
  })

  test('waits for work that ends in time, and for no other', async () => {
    jest.useFakeTimers()
    try {
      const job = cancellation(() => undefined)
      expect(await job.inTime(Promise.resolve('done'))).toBe('done')
      await expect(job.inTime(Promise.reject(new Error('failed')))).rejects.toThrow('failed')
      const stuck = job.inTime(new Promise(() => undefined))
      process.emit('SIGINT')
      jest.advanceTimersByTime(7_000)
      await expect(stuck).rejects.toMatchObject({
        code: 'CANCELLED',
        message: 'the job was cancelled, and pending requests did not end in time'
      })
      job.end()
      expect(jest.getTimerCount()).toBe(0)
    } finally {
      jest.useRealTimers()
    }
  })

  test('listens no longer than it has to, and gives up nothing then', () => {
    const before = listeners()
    during(
      () => {
        throw new Error('given up')
      },
      () => {
        expect(listeners()).toBe(before + 2)
        process.emit('SIGINT')
      }
    )
    expect(listeners()).toBe(before)
  })
})
