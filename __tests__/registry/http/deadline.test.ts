/** Tests of the watch over an exchange, by a clock of their own. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Deadline, Watch, standardDeadline } from '../../../src/registry/http/deadline.ts'

describe('a watch', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  test('ends an exchange that never makes progress', () => {
    const watch = watching({ idle: 30_000, total: 300_000 })
    jest.advanceTimersByTime(29_999)
    expect(watch.signal.aborted).toBe(false)
    jest.advanceTimersByTime(1)
    expect(reasonOf(watch)).toMatchObject({
      code: 'TIMED_OUT',
      message: 'GET https://ghcr.io/v2/: no answer for 30 s',
      advice: expect.stringContaining('Run the job again')
    })
  })

  test('lets an exchange go on that makes progress, however slow', () => {
    const watch = watching({ idle: 50, total: 100_000 })
    for (let step = 0; step < 1000; step++) {
      jest.advanceTimersByTime(49)
      watch.progress()
    }
    expect(watch.signal.aborted).toBe(false)
    jest.advanceTimersByTime(50)
    expect(reasonOf(watch)).toMatchObject({ code: 'TIMED_OUT', message: expect.stringContaining('0.05 s') })
  })

  test('ends an exchange that takes too long in all, though it makes progress', () => {
    const watch = watching({ idle: 50, total: 1000 })
    for (let passed = 0; passed < 960; passed += 40) {
      jest.advanceTimersByTime(40)
      watch.progress()
    }
    expect(watch.signal.aborted).toBe(false)
    jest.advanceTimersByTime(40)
    expect(reasonOf(watch)).toMatchObject({
      code: 'TIMED_OUT',
      message: 'GET https://ghcr.io/v2/: not finished after 1 s'
    })
  })

  test('keeps to the first reason', () => {
    const watch = watching({ idle: 50, total: 60 })
    jest.advanceTimersByTime(1000)
    expect(reasonOf(watch)).toMatchObject({ message: expect.stringContaining('no answer') })
  })

  test('leaves no timer behind when it ends', () => {
    const watch = watching({ idle: 50, total: 60 })
    watch.progress()
    watch.end()
    expect(jest.getTimerCount()).toBe(0)
    jest.advanceTimersByTime(1000)
    expect(watch.signal.aborted).toBe(false)
  })
})

test('the standard deadline is half a minute without progress, and five minutes in all', () => {
  expect(standardDeadline).toEqual({ idle: 30_000, total: 300_000 })
})

function watching(deadline: Deadline): Watch {
  return new Watch('GET https://ghcr.io/v2/', deadline)
}

function reasonOf({ signal }: Watch): unknown {
  return signal.aborted ? signal.reason : undefined
}
