/** Tests of the steps that put moved tags back. */
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { actionName, rollbackOf as rollbackOfReport } from '../../../src/action/present/rollback.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { manifestOf, otherDigest, targetOf } from '../../../testing/samples.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const rollbackOf = (report: LooseReport, action: string): ReturnType<typeof rollbackOfReport> =>
  rollbackOfReport(reportOf(report), action)

const { digest } = manifestOf()
const moved = (tag: string, previousDigest = otherDigest): LooseTarget => ({
  target: targetOf(tag),
  outcome: 'moved',
  digest,
  previousDigest
})
const stepsOf = (...targets: LooseTarget[]): unknown => {
  const [, yaml = ''] = /```yaml\n([^]*?)\n```/.exec(rollbackOf({ targets }, 'retag/retag@v1')) ?? []
  return parse(yaml)
}
const source = `ghcr.io/acme/app@${otherDigest}`

describe('rollbackOf', () => {
  test('points the tags that were moved at what they pointed to before, one step an image', () => {
    const third = manifestOf().digest
    expect(stepsOf(moved('latest'), moved('1'), moved('edge', third))).toStrictEqual([
      {
        uses: 'retag/retag@v1',
        with: { source, target: 'ghcr.io/acme/app:latest\nghcr.io/acme/app:1\n' }
      },
      {
        uses: 'retag/retag@v1',
        with: { source: `ghcr.io/acme/app@${third}`, target: 'ghcr.io/acme/app:edge\n' }
      }
    ])
  })

  test('counts a tag that could not be put back', () => {
    const unrestored: LooseTarget = {
      ...moved('latest'),
      outcome: 'failed',
      rollbackError: new PromotionError('TIMED_OUT', 'slow')
    }
    expect(stepsOf(unrestored)).toMatchObject([{ with: { source } }])
  })

  test('leaves the tags that keep earlier images to the next rotation', () => {
    expect(stepsOf(moved('nightly'), { ...moved('nightly-1'), keeps: targetOf('nightly') })).toMatchObject([
      { with: { target: 'ghcr.io/acme/app:nightly\n' } }
    ])
  })

  test('says nothing where nothing was moved', () => {
    const created: LooseTarget = { target: targetOf('1'), outcome: 'created', digest }
    expect(rollbackOf({ targets: [created] }, 'retag/retag@v1')).toBe('')
    expect(rollbackOf({ targets: [moved('1')], dryRun: true }, 'retag/retag@v1')).toBe('')
  })
})

describe('actionName', () => {
  test('is what the workflow says', () => {
    expect(actionName({ GITHUB_ACTION_REPOSITORY: 'acme/retag', GITHUB_ACTION_REF: 'releases/v1' })).toBe(
      'acme/retag@releases/v1'
    )
  })

  test.each([
    {},
    { GITHUB_ACTION_REPOSITORY: '', GITHUB_ACTION_REF: '' },
    { GITHUB_ACTION_REPOSITORY: 'acme/retag' },
    { GITHUB_ACTION_REPOSITORY: 'acme/retag', GITHUB_ACTION_REF: 'v1\n- run: x' },
    { GITHUB_ACTION_REPOSITORY: '../retag```', GITHUB_ACTION_REF: 'v1' }
  ])('is the public name where the runner says %j', env => {
    expect(actionName(env)).toBe('retag/retag@v1')
  })
})
