/** Tests of the report: what is expected of each target, and what became of it. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Plan, type Step } from '../../src/promotion/plan.ts'
import type { Verdict } from '../../src/promotion/policy.ts'
import {
  type Outcome,
  type Report,
  type TargetReport,
  errorsOf,
  hasChanged,
  isSuccessful,
  isWrite,
  notAttempted,
  preview,
  stuckTargets
} from '../../src/promotion/report.ts'
import { manifestOf, otherDigest, targetOf } from '../../testing/samples.ts'

const manifest = manifestOf()
const { digest } = manifest
const error = new PromotionError('DENIED', 'no pull right')
const target = targetOf('1')

const verdicts = {
  create: { kind: 'create' },
  move: { kind: 'move', previous: otherDigest },
  unchanged: { kind: 'unchanged' },
  keep: { kind: 'keep', previous: otherDigest, by: 'forward', reason: 'older' },
  refuse: { kind: 'refuse', error }
} satisfies Record<Verdict['kind'], Verdict>

const planOf = (...kinds: Verdict['kind'][]): Plan => ({
  source: manifest,
  manifests: new Map(),
  copies: [],
  steps: kinds.map((kind): Step => ({ target: targetOf(kind), digest, verdict: verdicts[kind], before: [] }))
})

describe('preview', () => {
  test.each<[Verdict['kind'], Omit<TargetReport, 'target'>]>([
    ['create', { outcome: 'created', digest }],
    ['move', { outcome: 'moved', digest, previousDigest: otherDigest }],
    ['unchanged', { outcome: 'unchanged', digest, previousDigest: digest }],
    [
      'keep',
      {
        outcome: 'kept',
        digest: otherDigest,
        previousDigest: otherDigest,
        reason: 'older',
        isOlder: true
      }
    ],
    ['refuse', { outcome: 'refused', reason: error.message, error }]
  ])('expects of the verdict %s', (kind, expected) => {
    expect(preview(planOf(kind))).toStrictEqual([{ target: targetOf(kind), ...expected }])
  })

  test('does not call a tag older that was skipped', () => {
    const keep: Verdict = { kind: 'keep', previous: otherDigest, by: 'skip', reason: 'as it is' }
    const step: Step = { target, digest, verdict: keep, before: [] }
    expect(preview({ ...planOf(), steps: [step] })[0]).not.toHaveProperty('isOlder')
  })

  test('says what a refused tag holds, where that is known', () => {
    const refuse: Verdict = { kind: 'refuse', previous: otherDigest, error }
    const step: Step = { target, digest, verdict: refuse, before: [] }
    expect(preview({ ...planOf(), steps: [step] })).toMatchObject([
      { outcome: 'refused', digest: otherDigest, previousDigest: otherDigest }
    ])
  })

  test('names the tag whose earlier image a tag keeps', () => {
    const kept: Step = {
      target: targetOf('1-1'),
      digest: otherDigest,
      verdict: verdicts.create,
      keeps: target,
      before: []
    }
    const step: Step = { target, digest, verdict: verdicts.move, before: [kept] }
    expect(preview({ ...planOf(), steps: [step] })).toStrictEqual([
      { target, outcome: 'moved', digest, previousDigest: otherDigest },
      { target: targetOf('1-1'), outcome: 'created', digest: otherDigest, keeps: target }
    ])
  })

  test('keeps the order of the plan', () => {
    const reports = preview(planOf('move', 'unchanged', 'create', 'move'))
    expect(reports.map(({ outcome }) => outcome)).toStrictEqual(['moved', 'unchanged', 'created', 'moved'])
  })

  test('expects no write when a target is refused', () => {
    const [created, moved, unchanged, refused] = preview(planOf('create', 'move', 'unchanged', 'refuse'))
    expect(created).toStrictEqual({
      target: targetOf('create'),
      outcome: 'not-attempted',
      reason: expect.any(String)
    })
    expect(moved).toStrictEqual({
      target: targetOf('move'),
      outcome: 'not-attempted',
      digest: otherDigest,
      previousDigest: otherDigest,
      reason: expect.any(String)
    })
    expect(unchanged?.outcome).toBe('unchanged')
    expect(refused?.outcome).toBe('refused')
  })
})

describe('notAttempted', () => {
  test.each<[string, TargetReport, object]>([
    ['is absent still', { target, outcome: 'created', digest }, {}],
    [
      'points where it pointed',
      { target, outcome: 'moved', digest, previousDigest: otherDigest },
      { digest: otherDigest, previousDigest: otherDigest }
    ]
  ])('says that the tag %s', (_what, expected, now) => {
    expect(notAttempted(expected, 'why')).toStrictEqual({
      target,
      outcome: 'not-attempted',
      reason: 'why',
      ...now
    })
  })
})

describe('what an outcome means', () => {
  test.each<[Outcome, { write: boolean; success: boolean }]>([
    ['created', { write: true, success: true }],
    ['moved', { write: true, success: true }],
    ['unchanged', { write: false, success: true }],
    ['kept', { write: false, success: true }],
    ['refused', { write: false, success: false }],
    ['failed', { write: false, success: false }],
    ['restored', { write: false, success: false }],
    ['not-attempted', { write: false, success: false }]
  ])('%s', (outcome, { write, success }) => {
    const targets = [{ target, outcome }]
    const [report] = targets
    expect(report && isWrite(report)).toBe(write)
    expect(hasChanged({ targets })).toBe(write)
    expect(isSuccessful({ targets })).toBe(success)
  })

  test('one success does not hide a failure', () => {
    const targets: TargetReport[] = [
      { target, outcome: 'created' },
      { target, outcome: 'failed' },
      { target, outcome: 'unchanged' }
    ]
    expect(isSuccessful({ targets })).toBe(false)
    expect(hasChanged({ targets })).toBe(true)
  })

  test('a run that ended before its targets did not succeed', () => {
    expect(isSuccessful({ targets: [], error })).toBe(false)
    expect(hasChanged({ targets: [], error })).toBe(false)
  })
})

describe('errorsOf', () => {
  const other = new PromotionError('TIMED_OUT', 'slow')

  test.each<[string, Report, PromotionError[]]>([
    ['nothing of a success', { targets: [{ target, outcome: 'created' }] }, []],
    ['the error of the run', { targets: [{ target, outcome: 'not-attempted' }], error }, [error]],
    [
      'the errors of targets, in their order',
      {
        targets: [
          { target, outcome: 'failed', error: other },
          { target, outcome: 'unchanged' },
          { target, outcome: 'refused', error }
        ]
      },
      [other, error]
    ],
    [
      'what could not be put back before all else',
      {
        targets: [
          { target, outcome: 'failed', error },
          { target, outcome: 'failed', stuck: other }
        ]
      },
      [other, error]
    ]
  ])('lists %s', (_what, report, errors) => {
    expect(errorsOf(report)).toStrictEqual(errors)
  })
})

test('stuckTargets lists what could not be put back', () => {
  const stuck: TargetReport = { target, outcome: 'failed', stuck: error }
  expect(stuckTargets({ targets: [{ target, outcome: 'failed', error }, stuck] })).toStrictEqual([stuck])
})
