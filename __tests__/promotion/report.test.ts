/** Tests of the report: what is expected of each target, and what became of it. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Plan, type Step } from '../../src/promotion/plan.ts'
import type { Verdict } from '../../src/promotion/policy.ts'
import {
  type Observed,
  failed,
  irreversible,
  notAttempted,
  preview,
  restored,
  rollbackFailed,
  superseded
} from '../../src/promotion/outcome.ts'
import {
  type Outcome,
  type Report,
  type TargetReport,
  errorsOf,
  hasChanged,
  isSuccessful,
  isWrite,
  abandoned,
  failedRun,
  isDisplaced,
  sourceReports,
  unrestoredTargets
} from '../../src/promotion/report.ts'
import { nothingCopied } from '../../src/promotion/copy.ts'
import type { Target } from '../../src/oci/reference.ts'
import { requestOf } from '../../testing/requests.ts'
import { manifestOf, otherDigest, sourceOf, targetOf } from '../../testing/samples.ts'

const { digest } = manifestOf()
const source = sourceOf('ghcr.io/acme/app:sha-1')
const error = new PromotionError('DENIED', 'no pull right')
const target = targetOf('1')
const about = { target, source }

const comparison = { kind: 'older', by: 'version', reason: 'why' } as const
const verdicts = {
  create: { kind: 'create', digest },
  move: { kind: 'move', digest, previous: otherDigest },
  overwrite: { kind: 'overwrite', digest, reason: 'unread' },
  unchanged: { kind: 'unchanged', digest },
  skip: { kind: 'skip', reason: 'no such image' },
  keep: { kind: 'keep', previous: otherDigest, reason: 'older', comparison },
  refuse: { kind: 'refuse', error }
} satisfies Record<Verdict['kind'], Verdict>

const stepOf = (tag: Target, verdict: Verdict): Step => ({ target: tag, source, verdict, before: [] })
const planOf = (...kinds: Verdict['kind'][]): Plan => ({
  sources: [],
  manifests: new Map(),
  copies: [],
  warnings: [],
  steps: kinds.map(kind => stepOf(targetOf(kind), verdicts[kind]))
})

const reportOf = (targets: readonly TargetReport[], differing: Partial<Report> = {}): Report => ({
  sources: [],
  dryRun: false,
  targets,
  copied: nothingCopied,
  warnings: [],
  ...differing
})

describe('preview', () => {
  test.each<[Verdict['kind'], Omit<TargetReport, 'target' | 'source'>]>([
    ['create', { outcome: 'created', digest }],
    ['overwrite', { outcome: 'moved', digest, reason: 'unread' }],
    ['move', { outcome: 'moved', digest, previousDigest: otherDigest }],
    ['unchanged', { outcome: 'unchanged', digest, previousDigest: digest }],
    [
      'keep',
      {
        outcome: 'kept',
        digest: otherDigest,
        previousDigest: otherDigest,
        reason: 'older',
        comparison
      }
    ],
    ['skip', { outcome: 'skipped', reason: 'no such image' }],
    ['refuse', { outcome: 'refused', reason: error.message, error }]
  ])('expects of the verdict %s', (kind, expected) => {
    expect(preview(planOf(kind))).toStrictEqual([{ target: targetOf(kind), source, ...expected }])
  })

  test('says nothing of a comparison of a tag that was kept by skip', () => {
    const keep: Verdict = { kind: 'keep', previous: otherDigest, reason: 'as it is' }
    expect(preview({ ...planOf(), steps: [stepOf(target, keep)] })[0]).not.toHaveProperty('comparison')
  })

  test('says what a refused tag holds, where that is known', () => {
    const refuse: Verdict = { kind: 'refuse', previous: otherDigest, error }
    expect(preview({ ...planOf(), steps: [stepOf(target, refuse)] })).toMatchObject([
      { outcome: 'refused', digest: otherDigest, previousDigest: otherDigest }
    ])
  })

  test('names the tag whose earlier image a tag keeps', () => {
    const kept = { ...stepOf(targetOf('1-1'), { kind: 'create', digest: otherDigest }), keeps: target }
    const step = { ...stepOf(target, verdicts.move), before: [kept] }
    expect(preview({ ...planOf(), steps: [step] })).toStrictEqual([
      { ...about, outcome: 'moved', digest, previousDigest: otherDigest },
      { target: targetOf('1-1'), source, outcome: 'created', digest: otherDigest, keeps: target }
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
      source,
      outcome: 'not-attempted',
      reason: expect.any(String)
    })
    expect(moved).toStrictEqual({
      target: targetOf('move'),
      source,
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
    ['is absent still', { ...about, outcome: 'created', digest }, {}],
    [
      'points where it pointed',
      { ...about, outcome: 'moved', digest, previousDigest: otherDigest },
      { digest: otherDigest, previousDigest: otherDigest }
    ]
  ])('says that the tag %s', (_what, expected, now) => {
    expect(notAttempted(expected, 'why')).toStrictEqual({
      ...about,
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
    ['skipped', { write: false, success: true }],
    ['superseded', { write: false, success: true }],
    ['refused', { write: false, success: false }],
    ['failed', { write: false, success: false }],
    ['restored', { write: false, success: false }],
    ['not-attempted', { write: false, success: false }]
  ])('%s', (outcome, { write, success }) => {
    const targets = [{ ...about, outcome }]
    const [report] = targets
    expect(report && isWrite(report)).toBe(write)
    expect(hasChanged(reportOf(targets))).toBe(write || outcome === 'superseded')
    expect(isSuccessful(reportOf(targets))).toBe(success)
  })

  test('one success does not hide a failure', () => {
    const targets: TargetReport[] = [
      { ...about, outcome: 'created' },
      { ...about, outcome: 'failed' },
      { ...about, outcome: 'unchanged' }
    ]
    expect(isSuccessful(reportOf(targets))).toBe(false)
    expect(hasChanged(reportOf(targets))).toBe(true)
  })

  test('a run that ended before its targets did not succeed', () => {
    expect(isSuccessful(failedRun(error))).toBe(false)
    expect(hasChanged(failedRun(error))).toBe(false)
  })
})

describe('errorsOf', () => {
  const other = new PromotionError('TIMED_OUT', 'slow')

  test.each<[string, Report, PromotionError[]]>([
    ['nothing of a success', reportOf([{ ...about, outcome: 'created' }]), []],
    ['the error of the run', reportOf([{ ...about, outcome: 'not-attempted' }], { error }), [error]],
    [
      'the errors of sources before those of targets',
      reportOf([{ ...about, outcome: 'failed', error: other }], { sources: [{ source, error }] }),
      [error, other]
    ],
    [
      'the errors of targets, in their order',
      reportOf([
        { ...about, outcome: 'failed', error: other },
        { ...about, outcome: 'unchanged' },
        { ...about, outcome: 'refused', error }
      ]),
      [other, error]
    ],
    [
      'what could not be put back after all else',
      reportOf([
        { ...about, outcome: 'failed', error },
        { ...about, outcome: 'failed', rollbackError: other }
      ]),
      [error, other]
    ]
  ])('lists %s', (_what, report, errors) => {
    expect(errorsOf(report)).toStrictEqual(errors)
  })
})

test('unrestoredTargets lists what could not be put back', () => {
  const unrestored: TargetReport = { ...about, outcome: 'failed', rollbackError: error }
  expect(unrestoredTargets(reportOf([{ ...about, outcome: 'failed', error }, unrestored]))).toStrictEqual([
    unrestored
  ])
})

const created: TargetReport = { ...about, outcome: 'created', digest }
const moved: TargetReport = { ...about, outcome: 'moved', digest, previousDigest: otherDigest }
const slow = new PromotionError('TIMED_OUT', 'no answer')

describe('failed', () => {
  test.each<{ what: string; expected: TargetReport; now: Observed; reason: RegExp }>([
    { what: 'a tag of which nothing is known', expected: moved, now: undefined, reason: /not known/ },
    {
      what: 'a tag that does not exist',
      expected: created,
      now: { digest: undefined },
      reason: /does not exist/
    },
    {
      what: 'a tag that is as it was',
      expected: moved,
      now: { digest: otherDigest },
      reason: /what it did before/
    },
    { what: 'a tag that is not', expected: moved, now: { digest }, reason: new RegExp(`points to ${digest}`) }
  ])('says of $what what it points to', ({ expected, now, reason }) => {
    const report = failed(expected, slow, now)
    expect(report).toMatchObject({ target, outcome: 'failed', error: slow })
    expect(report.digest).toBe(now?.digest)
    expect(report.previousDigest).toBe(expected.previousDigest)
    expect(report.reason).toMatch(/^no answer; /)
    expect(report.reason).toMatch(reason)
  })
})

describe('restored', () => {
  test('says that a tag points to what it did before', () => {
    expect(restored(moved)).toStrictEqual({
      ...about,
      outcome: 'restored',
      digest: otherDigest,
      previousDigest: otherDigest,
      reason: expect.stringContaining('put back')
    })
  })

  test('does not hide that the write of the tag failed', () => {
    const report = restored(failed(moved, slow, undefined))
    expect(report).toMatchObject({ outcome: 'failed', digest: otherDigest, error: slow })
    expect(report.reason).toMatch(/^no answer.*put back/)
  })
})

describe('superseded', () => {
  test('names what another job has put there, and what else is to be said', () => {
    expect(superseded(moved, otherDigest, { also: '; more' })).toStrictEqual({
      ...about,
      outcome: 'superseded',
      digest: otherDigest,
      previousDigest: otherDigest,
      reason: `moved; another job has pointed it to ${otherDigest} since; more`
    })
    const deleted = superseded(created, undefined, { error })
    expect(deleted).toMatchObject({
      outcome: 'superseded',
      reason: expect.stringContaining('deleted'),
      error
    })
    expect(deleted).not.toHaveProperty('digest')
  })

  test('does not hide that the write of the tag failed', () => {
    expect(superseded(failed(moved, slow, undefined), otherDigest)).toMatchObject({
      outcome: 'failed',
      digest: otherDigest,
      error: slow
    })
  })
})

describe('rollbackFailed', () => {
  const cause = new PromotionError('REGISTRY_UNAVAILABLE', 'gone')

  test('says what could not be put back, why, and what the tag points to', () => {
    const report = rollbackFailed(moved, { error: cause, now: { digest }, isGone: false })
    expect(report).toMatchObject({
      outcome: 'failed',
      digest,
      previousDigest: otherDigest,
      rollbackError: cause
    })
    expect(report.reason).toMatch(new RegExp(`^moved, and could not be put back: gone; .*${digest}$`))
    expect(report).not.toHaveProperty('isPreviousGone')
    expect(rollbackFailed(moved, { error: cause, now: { digest }, isGone: true }).isPreviousGone).toBe(true)
  })

  test('says as well that the write itself failed', () => {
    const report = rollbackFailed(failed(moved, slow, undefined), {
      error: cause,
      now: undefined,
      isGone: false
    })
    expect(report).toMatchObject({ outcome: 'failed', error: slow, rollbackError: cause })
    expect(report.reason).toMatch(/^no answer; .*could not be put back: gone; .*not known$/)
  })
})

describe('isDisplaced', () => {
  test.each<[string, TargetReport, boolean]>([
    ['a tag that was moved', moved, true],
    ['a tag that was created', created, false],
    ['a tag that was put back', restored(moved), false],
    ['a failed write that changed nothing', failed(moved, slow, { digest: otherDigest }), false],
    ['a failed write that moved the tag', failed(moved, slow, { digest }), true],
    ['a failed write of which nothing is known', failed(moved, slow, undefined), true],
    ['a failed write of a new tag', failed(created, slow, undefined), false],
    ['a failed write that was undone', restored(failed(moved, slow, undefined)), false]
  ])('%s: %j', (_what, report, expected) => {
    expect(isDisplaced(report)).toBe(expected)
  })
})

describe('hasChanged, after a failure,', () => {
  test.each<[string, TargetReport, boolean]>([
    ['a tag that was put back', restored(moved), false],
    [
      'a tag that could not be put back',
      rollbackFailed(moved, { error: slow, now: { digest }, isGone: false }),
      true
    ],
    ['a tag that was created after all', failed(created, slow, { digest }), true],
    ['a tag that was not', failed(created, slow, { digest: undefined }), false]
  ])('%s: %j', (_what, report, expected) => {
    expect(hasChanged(reportOf([report]))).toBe(expected)
  })
})

describe('a report of a request', () => {
  const request = requestOf('ghcr.io/acme/app:sha-1', ['ghcr.io/acme/app:1'])

  test('names each source, with the image where there is one', () => {
    const image = { manifest: manifestOf(), platforms: [] }
    const [own] = request.promotions.map(promotion => promotion.source)
    expect(sourceReports(request, [{ kind: 'found', image, parts: [] }])).toStrictEqual([
      { source: own, image }
    ])
    expect(sourceReports(request, [{ kind: 'missing', error }])).toStrictEqual([
      { source: own, isMissing: true }
    ])
    expect(sourceReports(request, [])).toStrictEqual([{ source: own }])
  })

  test('says of every target why nothing was attempted', () => {
    expect(abandoned(request, 'why')).toStrictEqual([{ ...about, outcome: 'not-attempted', reason: 'why' }])
  })
})

describe('irreversible', () => {
  test.each([
    ['outcome', { outcome: 'moved' }, 'moved'],
    ['reason', { outcome: 'failed', reason: 'the registry is down' }, 'the registry is down']
  ] as const)('adds to the %s that nothing was put back', (_what, report, before) => {
    const reason = `${before}; not put back, for the same reason`
    expect(irreversible({ ...about, ...report })).toStrictEqual({ ...about, ...report, reason })
  })
})
