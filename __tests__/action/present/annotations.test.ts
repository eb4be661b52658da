/** Tests of the annotations of a run, and of what every message goes through first. */
import { describe, expect, test } from '@jest/globals'
import {
  annotationOf as annotationOfReport,
  bugAnnotation,
  warningsOf as warningsOfReport
} from '../../../src/action/present/annotations.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { outcomeSections } from '../../../src/action/present/log.ts'
import { outputsOf } from '../../../src/action/present/outputs.ts'
import { MAXIMUM_TEXT, presentable } from '../../../src/action/present/presentable.ts'
import { summaryOf } from '../../../src/action/present/summary.ts'
import { sourceOf, targetOf } from '../../../testing/samples.ts'
import { Secrets } from '../../../src/registry/http/redact.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const annotationOf = (report: LooseReport): ReturnType<typeof annotationOfReport> =>
  annotationOfReport(reportOf(report))
const warningsOf = (report: LooseReport): ReturnType<typeof warningsOfReport> =>
  warningsOfReport(reportOf(report))

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

  test('omits advice if there is none', () => {
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
      title: 'Retag: DENIED, and tags are not as they were',
      message: [
        'These tags could not be put back:',
        'ghcr.io/acme/app:latest',
        'What went wrong:',
        'other',
        'no answer',
        'putting it back: slow'
      ].join('\n')
    })
  })
})

describe('warningsOf', () => {
  const comparison = { kind: 'older', by: 'version', reason: 'why' } as const
  const kept = (tag: string, isOlder = false): LooseTarget => ({
    target: targetOf(tag),
    outcome: 'kept',
    reason: 'kept, because older',
    ...(isOlder && { comparison })
  })
  const superseded: LooseTarget = {
    target: targetOf('edge'),
    outcome: 'superseded',
    reason: 'another job moved it on'
  }

  test('is one of each kind: kept because older, moved on by another job, and not copied', () => {
    const targets = [kept('latest', true), kept('skipped'), superseded]
    expect(warningsOf({ targets, warnings: ['no signature'] })).toStrictEqual([
      { title: 'Retag: kept', message: 'ghcr.io/acme/app:latest: kept, because older' },
      { title: 'Retag: superseded', message: 'ghcr.io/acme/app:edge: another job moved it on' },
      { title: 'Retag: warning', message: 'no signature' }
    ])
  })

  test('is silent about tags that were to be skipped, and about an outcome that is an error', () => {
    const error = new PromotionError('TARGET_PROTECTED', 'moved on')
    expect(warningsOf({ targets: [kept('skipped'), { ...superseded, error }] })).toStrictEqual([])
    expect(annotationOf({ targets: [{ ...superseded, error }] })?.title).toBe('Retag: TARGET_PROTECTED')
  })

  test('tells of ten, and says how many more there are', () => {
    const targets = numbered(25, 't').map(text => kept(text.replace(' ', ''), true))
    expect(warningsOf({ targets })[0]?.message.split('\n')).toHaveLength(11)
  })
})

describe('presentable', () => {
  const secret = 'dckr_pat_0123'
  const said = `the server said ${secret}`
  const error = new PromotionError('DENIED', said, { advice: said, cause: said })
  const report = reportOf({
    targets: [
      { ...failure(said), reason: said, error, rollbackError: error },
      { target: targetOf('2'), outcome: 'moved', comparison: { kind: 'newer', by: 'version', reason: said } }
    ],
    sources: [{ source: sourceOf('ghcr.io/acme/app:1'), error }],
    warnings: [said],
    error
  })

  const secretsOf = (...values: string[]): Secrets => {
    const secrets = new Secrets()
    for (const value of values) secrets.add(value)
    return secrets
  }

  test.each(['a', 'er', 'the'])('leaves a text readable whose letters a secret as short as %p has', short => {
    expect(presentable(report, secretsOf(short))).toStrictEqual(report)
  })

  test('has no secret in any form in which a server may quote it', () => {
    const base64 = Buffer.from(secret).toString('base64')
    const { warnings } = presentable({ ...report, warnings: [`got ${base64}`] }, secretsOf(secret))
    expect(warnings).toStrictEqual(['got ***'])
  })

  test('has no secret in anything that is shown', () => {
    const shown = presentable(report, secretsOf('', 'pat_', secret))
    const texts = [
      summaryOf(shown),
      JSON.stringify([outputsOf(shown), annotationOfReport(shown), warningsOfReport(shown)]),
      JSON.stringify(outcomeSections(shown))
    ].join('')
    expect(texts.replaceAll('\\', '')).not.toContain('dckr')
    expect(texts).toContain('the server said ***')
    expect(outputsOf(presentable(report, secretsOf()))).toStrictEqual(outputsOf(report))
  })

  test('has no text without bound, and keeps the end of each', () => {
    const long = `${'🐢'.repeat(1_000_000)}; the tag still points to what it did before`
    const shown = presentable(
      reportOf({ targets: [{ ...failure(long), reason: long }], warnings: [long] }),
      secretsOf()
    )
    const [{ reason = '', error: kept } = {}] = shown.targets
    for (const text of [reason, kept?.message ?? '', ...shown.warnings]) {
      expect(text.length).toBeLessThanOrEqual(MAXIMUM_TEXT)
      expect(text).toMatch(/^🐢.* \[…\] .*; the tag still points to what it did before$/)
      expect(text).not.toMatch(/\p{Cs}/u)
    }
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
