/** Tests of the one annotation of a run that failed. */
import { describe, expect, test } from '@jest/globals'
import {
  annotationOf as annotationOfReport,
  bugAnnotation,
  warningOf as warningOfReport
} from '../../../src/action/present/annotations.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { targetOf } from '../../../testing/samples.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const annotationOf = (report: LooseReport): ReturnType<typeof annotationOfReport> =>
  annotationOfReport(reportOf(report))
const warningOf = (report: LooseReport): ReturnType<typeof warningOfReport> =>
  warningOfReport(reportOf(report))

const failure = (message: string, advice?: string): LooseTarget => ({
  target: targetOf('1'),
  outcome: 'failed',
  error: new PromotionError('DENIED', message, advice === undefined ? {} : { advice })
})
const linesOf = (targets: readonly LooseTarget[]): string[] =>
  annotationOf({ targets })?.message.split('\n') ?? []
const numbered = (count: number, what: string): string[] =>
  [...Array(count).keys()].map(index => `${what} ${index.toString()}`)

describe('annotationOf', () => {
  test('is silent when all went well', () => {
    const targets: LooseTarget[] = [{ target: targetOf('1'), outcome: 'unchanged' }]
    expect(annotationOf({ targets })).toBeUndefined()
  })

  test('has the code in its title, then what happened, then what to do', () => {
    const error = new PromotionError('SOURCE_NOT_FOUND', 'no such image', { advice: 'Check the tag.' })
    expect(annotationOf({ targets: [], error })).toStrictEqual({
      title: 'Retag: SOURCE_NOT_FOUND',
      message: 'no such image\nCheck the tag.'
    })
  })

  test('does without advice where there is none', () => {
    expect(linesOf([failure('no')])).toStrictEqual(['no'])
  })

  test('tells of every target, and gives the same advice once', () => {
    expect(linesOf([failure('a', 'ask'), failure('b', 'ask'), failure('c', 'wait')])).toStrictEqual([
      'a',
      'b',
      'c',
      'ask',
      'wait'
    ])
  })

  test('says the same thing once', () => {
    expect(linesOf([failure('a', 'ask'), failure('a', 'ask')])).toStrictEqual(['a', 'ask'])
  })

  test('takes the title of the first error', () => {
    const error = new PromotionError('TIMED_OUT', 'slow')
    expect(annotationOf({ targets: [failure('a')], error })?.title).toBe('Retag: TIMED_OUT')
  })

  test('tells of ten, and says how many more there are', () => {
    const lines = numbered(25, 'message')
    expect(linesOf(lines.map(line => failure(line)))).toStrictEqual([
      ...lines.slice(0, 10),
      expect.stringContaining('15')
    ])
    expect(linesOf(lines.slice(0, 10).map(line => failure(line)))).toStrictEqual(lines.slice(0, 10))
  })

  test('gives ten pieces of advice at most', () => {
    const advice = numbered(25, 'advice')
    expect(linesOf(advice.map(text => failure('a', text)))).toStrictEqual(['a', ...advice.slice(0, 10)])
  })
})

describe('annotationOf, when a tag could not be put back,', () => {
  const unrestored: LooseTarget = {
    ...failure('no answer'),
    target: targetOf('latest'),
    rollbackError: new PromotionError('TIMED_OUT', 'putting it back: slow')
  }

  test('says that loudest: in the title, and before all else', () => {
    expect(annotationOf({ targets: [failure('other'), unrestored] })).toStrictEqual({
      title: 'Retag: TIMED_OUT, and tags are not as they were',
      message: [
        'These tags could not be put back:',
        'ghcr.io/acme/app:latest',
        'What went wrong:',
        'putting it back: slow',
        'other',
        'no answer'
      ].join('\n')
    })
  })
})

describe('warningOf', () => {
  const comparison = { kind: 'older', by: 'version', reason: 'why' } as const
  const kept = (tag: string, isOlder = false): LooseTarget => ({
    target: targetOf(tag),
    outcome: 'kept',
    reason: 'kept, because older',
    ...(isOlder && { comparison })
  })

  test('names the tags that were kept because the image is older', () => {
    expect(warningOf({ targets: [kept('latest', true), kept('skipped')] })).toStrictEqual({
      title: 'Retag: kept',
      message: 'ghcr.io/acme/app:latest: kept, because older'
    })
  })

  test('is silent about tags that were to be skipped', () => {
    expect(warningOf({ targets: [kept('skipped')] })).toBeUndefined()
  })

  test('tells of ten, and says how many more there are', () => {
    const targets = numbered(25, 't').map(text => kept(text.replace(' ', ''), true))
    expect(warningOf({ targets })?.message.split('\n')).toHaveLength(11)
  })
})

describe('bugAnnotation', () => {
  test('names the error and asks for a report', () => {
    const { title, message } = bugAnnotation(new TypeError('x is undefined'))
    expect(title).toContain('unexpected')
    expect(message).toContain('TypeError: x is undefined')
    expect(message).toContain('report')
  })

  test.each([['text'], [undefined], [null], [{ password: 'secret' }]])(
    'shows nothing of what is no error: %j',
    thrown => {
      const { message } = bugAnnotation(thrown)
      expect(message).toContain('no error')
      expect(message).not.toMatch(/text|undefined|null|secret/)
    }
  )
})
