/** Tests of what is told of a write that failed, of one that was undone, and of one that could not be. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import {
  type Found,
  type TargetReport,
  failed,
  hasChanged,
  isDisplaced,
  restored,
  stuck
} from '../../src/promotion/report.ts'
import { manifestOf, otherDigest, targetOf } from '../../testing/samples.ts'

const { digest } = manifestOf()
const target = targetOf('1')
const error = new PromotionError('TIMED_OUT', 'no answer')
const created: TargetReport = { target, outcome: 'created', digest }
const moved: TargetReport = { target, outcome: 'moved', digest, previousDigest: otherDigest }

describe('failed', () => {
  test.each<{ what: string; expected: TargetReport; found: Found; reason: RegExp }>([
    { what: 'a tag of which nothing is known', expected: moved, found: undefined, reason: /not known/ },
    {
      what: 'a tag that does not exist',
      expected: created,
      found: { digest: undefined },
      reason: /does not exist/
    },
    {
      what: 'a tag that is as it was',
      expected: moved,
      found: { digest: otherDigest },
      reason: /what it did before/
    },
    {
      what: 'a tag that is not',
      expected: moved,
      found: { digest },
      reason: new RegExp(`points to ${digest} now`)
    }
  ])('tells of $what what it points to', ({ expected, found, reason }) => {
    const report = failed(expected, error, found)
    expect(report).toMatchObject({ target, outcome: 'failed', error })
    expect(report.digest).toBe(found?.digest)
    expect(report.previousDigest).toBe(expected.previousDigest)
    expect(report.reason).toMatch(/^no answer; /)
    expect(report.reason).toMatch(reason)
  })
})

describe('restored', () => {
  test('tells that a tag points to what it did before', () => {
    expect(restored(moved)).toStrictEqual({
      target,
      outcome: 'restored',
      digest: otherDigest,
      previousDigest: otherDigest,
      reason: expect.stringContaining('put back')
    })
  })

  test('does not hide that the write of the tag failed', () => {
    const report = restored(failed(moved, error, undefined))
    expect(report).toMatchObject({ outcome: 'failed', digest: otherDigest, error })
    expect(report.reason).toMatch(/^no answer.*put back/)
  })
})

describe('stuck', () => {
  const cause = new PromotionError('REGISTRY_UNAVAILABLE', 'gone')

  test('tells what could not be put back, why, and what the tag points to', () => {
    const report = stuck(moved, cause, { digest })
    expect(report).toMatchObject({ outcome: 'failed', digest, previousDigest: otherDigest, stuck: cause })
    expect(report.reason).toMatch(new RegExp(`^moved, and could not be put back: gone; .*${digest} now$`))
  })

  test('tells as well that the write itself failed', () => {
    const report = stuck(failed(moved, error, undefined), cause, undefined)
    expect(report).toMatchObject({ outcome: 'failed', error, stuck: cause })
    expect(report.reason).toMatch(/^no answer; .*could not be put back: gone; .*not known$/)
  })
})

describe('isDisplaced', () => {
  test.each<[string, TargetReport, boolean]>([
    ['a tag that was moved', moved, true],
    ['a tag that was created', created, false],
    ['a tag that was put back', restored(moved), false],
    ['a failed write that changed nothing', failed(moved, error, { digest: otherDigest }), false],
    ['a failed write that moved the tag', failed(moved, error, { digest }), true],
    ['a failed write of which nothing is known', failed(moved, error, undefined), true],
    ['a failed write of a new tag', failed(created, error, undefined), false],
    ['a failed write that was undone', restored(failed(moved, error, undefined)), false]
  ])('%s: %j', (_what, report, expected) => {
    expect(isDisplaced(report)).toBe(expected)
  })
})

describe('hasChanged, after a failure,', () => {
  test.each<[string, TargetReport, boolean]>([
    ['a tag that was put back', restored(moved), false],
    ['a tag that could not be put back', stuck(moved, error, { digest }), true],
    ['a tag that was created after all', failed(created, error, { digest }), true],
    ['a tag that was not', failed(created, error, { digest: undefined }), false]
  ])('%s: %j', (_what, report, expected) => {
    expect(hasChanged({ targets: [report] })).toBe(expected)
  })
})
