/** Tests of outcomes in words. */
import { describe, expect, test } from '@jest/globals'
import { countOutcomes as countOutcomesReport } from '../../../src/action/present/outcomes.ts'
import { outcomes } from '../../../src/promotion/report.ts'
import { targetOf } from '../../../testing/samples.ts'
import { type LooseReport, reportOf } from '../../../testing/reports.ts'

const countOutcomes = (report: LooseReport): ReturnType<typeof countOutcomesReport> =>
  countOutcomesReport(reportOf(report))

const target = targetOf('1')

describe('countOutcomes', () => {
  test('counts every outcome, the good ones first', () => {
    const targets = [...outcomes, ...outcomes].reverse().map(outcome => ({ target, outcome }))
    expect(countOutcomes({ targets })).toBe(
      '2 created, 2 moved, 2 unchanged, 2 kept, 2 skipped, 2 superseded, 2 refused, 2 failed, 2 restored, 2 not attempted'
    )
  })

  test('counts nothing as nothing', () => {
    expect(countOutcomes({ targets: [] })).toBe('')
  })
})
