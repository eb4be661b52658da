/** Tests of the watch over an exchange, by a clock of their own. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Deadline, Watch, deadlineFor, standardDeadline } from '../../../src/registry/http/deadline.ts'

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
      watch.progress(1)
    }
    expect(watch.signal.aborted).toBe(false)
    jest.advanceTimersByTime(50)
    expect(reasonOf(watch)).toMatchObject({ code: 'TIMED_OUT', message: expect.stringContaining('0.05 s') })
  })

  test('ends an exchange that takes too long in all, though it makes progress', () => {
    const watch = watching({ idle: 50, total: 1000 })
    for (let passed = 0; passed < 960; passed += 40) {
      jest.advanceTimersByTime(40)
      watch.progress(1)
    }
    expect(watch.signal.aborted).toBe(false)
    jest.advanceTimersByTime(40)
    watch.progress(1)
    expect(reasonOf(watch)).toMatchObject({
      code: 'TIMED_OUT',
      message: 'GET https://ghcr.io/v2/: not finished after 1 s'
    })
  })

  /** Moves some bytes every few seconds, until the watch ends or an hour has passed; says for how long. */
  const moving = (watch: Watch, [bytes, seconds]: [number, number], between?: () => void): number => {
    let passed = 0
    for (; passed < 3600 && !watch.signal.aborted; passed += seconds) {
      jest.advanceTimersByTime(seconds * 1000)
      watch.progress(bytes)
      between?.()
    }
    return passed
  }
  const terabyte = deadlineFor(1e12, standardDeadline)

  test('ends a stream of any size within minutes that drips', () => {
    const watch = watching(terabyte)
    expect(moving(watch, [1, 20])).toBe(120)
    expect(reasonOf(watch)).toMatchObject({
      code: 'TIMED_OUT',
      message: 'GET https://ghcr.io/v2/: less than 8 kB/s for 120 s'
    })
  })

  test('ends a stream that begins well and then drips', () => {
    const watch = watching(terabyte)
    moving(watch, [100e6, 1200])
    expect(moving(watch, [1, 20])).toBeLessThanOrEqual(240)
  })

  test('lets a stream go on over a slow line, and one that comes in bursts', () => {
    expect(moving(watching(terabyte), [9_000, 1])).toBe(3600)
    expect(moving(watching(terabyte), [300_000, 25])).toBe(3600)
  })

  test('does not time a stream while this side is not ready', () => {
    const watch = watching(terabyte)
    const readSlowly = (): void => {
      watch.pause()
      jest.advanceTimersByTime(600_000)
      watch.progress(0)
    }
    expect(moving(watch, [16_000, 1], readSlowly)).toBe(3600)
  })

  test('gives the other side time for its verdict, which counts for nothing else', () => {
    const watch = watching({ idle: 30_000, total: 300_000 })
    watch.progress(1)
    watch.allow(400_000)
    jest.advanceTimersByTime(399_999)
    expect(watch.signal.aborted).toBe(false)
    watch.progress(0)
    expect(watch.signal.aborted).toBe(false)
    watch.allow(400_000)
    jest.advanceTimersByTime(400_000)
    expect(reasonOf(watch)).toMatchObject({ message: expect.stringContaining('no answer for 400 s') })
  })

  test('keeps to the first reason', () => {
    const watch = watching({ idle: 50, total: 60 })
    jest.advanceTimersByTime(1000)
    expect(reasonOf(watch)).toMatchObject({ message: expect.stringContaining('no answer') })
  })

  test('leaves no timer behind when it ends', () => {
    const watch = watching({ idle: 50, total: 60 })
    watch.progress(1)
    watch.end()
    expect(jest.getTimerCount()).toBe(0)
    jest.advanceTimersByTime(1000)
    expect(watch.signal.aborted).toBe(false)
  })
})

test('the standard deadline is half a minute without progress, and five minutes in all', () => {
  expect(standardDeadline).toEqual({ idle: 30_000, total: 300_000 })
  expect(deadlineFor(8e6, standardDeadline)).toEqual({ idle: 30_000, total: 1_300_000 })
  expect(deadlineFor(1e15, standardDeadline).total).toBe(300_000 + 6 * 3_600_000)
})

function watching(deadline: Deadline): Watch {
  return new Watch('GET https://ghcr.io/v2/', deadline, () => undefined)
}

function reasonOf({ signal }: Watch): unknown {
  return signal.aborted ? signal.reason : undefined
}
