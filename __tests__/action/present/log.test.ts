/** Tests of the log: what is waited for, what was found, what is planned, and one line a target. */
import { describe, expect, test } from '@jest/globals'
import {
  endLine as endLineReport,
  outcomeLines as outcomeLinesReport,
  planLines,
  waitLines
} from '../../../src/action/present/log.ts'
import { shortDigest } from '../../../src/oci/digest.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Plan, Step } from '../../../src/promotion/plan.ts'
import type { Verdict } from '../../../src/promotion/policy.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import { outcomes } from '../../../src/promotion/report.ts'
import { setOf } from '../../../testing/requests.ts'
import { manifestOf, otherDigest, targetOf } from '../../../testing/samples.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const outcomeLines = (report: LooseReport): ReturnType<typeof outcomeLinesReport> =>
  outcomeLinesReport(reportOf(report))
const endLine = (report: LooseReport): ReturnType<typeof endLineReport> => endLineReport(reportOf(report))

const manifest = manifestOf()
const { digest } = manifest
const source = parseReference('ghcr.io/acme/app:sha-1')
const target = targetOf('1')
const error = new PromotionError('DENIED', 'no')

test('waitLines says what is missing, and how long it is waited for', () => {
  const missing = new PromotionError('SOURCE_NOT_FOUND', 'there is no image a:1')
  expect(waitLines([missing], 90_000)).toStrictEqual(['Waiting up to 1 min 30 s more: there is no image a:1'])
})

describe('planLines', () => {
  const request = setOf([['ghcr.io/acme/app:sha-1', []]])
  const planOf = (...verdicts: Verdict[]): Plan => ({
    sources: [{ kind: 'found', image: { manifest, platforms: [] } }],
    manifests: new Map(),
    copies: [],
    warnings: [],
    steps: verdicts.map((verdict): Step => ({ target, source, verdict, before: [] }))
  })

  test('names the source, its digest and what it is', () => {
    const lines = planLines(request, planOf({ kind: 'create', digest }))
    expect(lines).toHaveLength(4)
    expect(lines[0]).toBe('Source ghcr.io/acme/app:sha-1')
    expect(lines[1]).toContain(digest)
    expect(lines[2]).toContain('OCI image manifest')
  })

  test('counts what is planned', () => {
    const keep: Verdict = { kind: 'keep', previous: otherDigest, reason: 'why' }
    const move: Verdict = { kind: 'move', digest, previous: otherDigest }
    const intended = planOf({ kind: 'create', digest }, move, { kind: 'unchanged', digest }, move, keep)
    expect(planLines(request, intended).at(-1)).toBe('Plan: 1 to create, 2 to move, 1 up to date, 1 to keep')
  })

  test('says that nothing is written when something is refused', () => {
    const intended = planOf({ kind: 'create', digest }, { kind: 'refuse', error })
    expect(planLines(request, intended).at(-1)).toBe('Plan: 1 to create, 1 refused; so nothing is written')
  })
})

describe('outcomeLines', () => {
  test.each<[LooseTarget, string]>([
    [{ target, outcome: 'created', digest }, shortDigest(digest)],
    [
      { target, outcome: 'moved', digest, previousDigest: otherDigest },
      `${shortDigest(otherDigest)} → ${shortDigest(digest)}`
    ],
    [{ target, outcome: 'unchanged', digest, previousDigest: digest }, shortDigest(digest)],
    [{ target, outcome: 'kept', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'refused', reason: 'why' }, 'why'],
    [{ target, outcome: 'failed', previousDigest: otherDigest, reason: 'why' }, 'why'],
    [{ target, outcome: 'restored', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'not-attempted', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'failed' }, ''],
    [
      { target, outcome: 'created', digest, keeps: targetOf('nightly') },
      `${shortDigest(digest)}  (an earlier nightly)`
    ]
  ])('tells in one line what became of a target: %j', (report, change) => {
    const [line, ...others] = outcomeLines({ source, manifest, targets: [report] })
    expect(others).toStrictEqual([])
    expect(line?.split(/ +/, 2)).toStrictEqual([report.outcome, 'ghcr.io/acme/app:1'])
    expect(line?.trimEnd().endsWith(`ghcr.io/acme/app:1  ${change}`.trimEnd())).toBe(true)
  })

  test('names a source that was not read', () => {
    expect(outcomeLines({ source, targets: [] })).toStrictEqual(['Source ghcr.io/acme/app:sha-1'])
  })

  test('says nothing when the inputs could not be read', () => {
    expect(outcomeLines({ targets: [] })).toStrictEqual([])
  })

  test('puts the tags of all targets below each other', () => {
    const lines = outcomeLines({ targets: outcomes.map(outcome => ({ target, outcome })) })
    expect(new Set(lines.map(line => line.indexOf('ghcr.io'))).size).toBe(1)
  })
})

describe('endLine', () => {
  const created: LooseTarget = { target, outcome: 'created', digest }

  test('says that all was done', () => {
    expect(endLine({ source, targets: [created] })).toBe('Done: 1 created')
  })

  test('says that nothing was written in a dry run', () => {
    expect(endLine({ source, targets: [created], dryRun: true })).toBe(
      'Dry run, nothing was written: 1 created'
    )
  })

  test('says that something failed', () => {
    expect(endLine({ source, targets: [created, { target, outcome: 'failed' }] })).toBe(
      'Failed: 1 created, 1 failed'
    )
    expect(endLine({ targets: [], error })).toBe('Failed')
  })
})
