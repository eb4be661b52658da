/** Tests of the verdict on one target tag: every row of the table in policy.ts. */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digest.ts'
import type { Edition } from '../../src/oci/annotations.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Policy, type TagState, type Verdict, judge, policies } from '../../src/promotion/policy.ts'
import { targetOf } from '../../testing/samples.ts'

const target = targetOf('latest')
const wanted = digestOf(new Uint8Array([1]))
const other = digestOf(new Uint8Array([2]))
const error = new PromotionError('DENIED', 'no')
const elsewhere: TagState = { kind: 'present', digest: other }

const decide = (now: TagState, policy: Policy = 'move'): Verdict =>
  judge({ target, wanted, now, policy, editions: new Map() })

const forward = (mine: Edition | PromotionError, theirs: Edition | PromotionError): Verdict => {
  const editions = new Map([
    [wanted, mine],
    [other, theirs]
  ])
  return judge({ target, wanted, now: elsewhere, policy: 'forward', editions })
}

describe.each(policies)('judge, with if-exists: %s,', policy => {
  test.each<[string, TagState, Verdict]>([
    ['creates a tag that is absent', { kind: 'absent' }, { kind: 'create' }],
    ['leaves a tag that is right', { kind: 'present', digest: wanted }, { kind: 'unchanged' }],
    ['refuses a tag that cannot be read', { kind: 'unreadable', error }, { kind: 'refuse', error }]
  ])('%s', (_rule, now, verdict) => {
    expect(decide(now, policy)).toStrictEqual(verdict)
  })
})

describe('judge, of a tag that points elsewhere,', () => {
  test('moves it, and remembers where it pointed', () => {
    expect(decide(elsewhere, 'move')).toStrictEqual({ kind: 'move', previous: other })
  })

  test('keeps it where it is to be skipped', () => {
    expect(decide(elsewhere, 'skip')).toStrictEqual({
      kind: 'keep',
      previous: other,
      by: 'skip',
      reason: expect.stringContaining(other)
    })
  })

  test('refuses it where that is a failure, and names the tag and both digests', () => {
    expect(decide(elsewhere, 'fail')).toMatchObject({
      kind: 'refuse',
      previous: other,
      error: { code: 'TARGET_PROTECTED', advice: expect.stringContaining('if-exists') }
    })
    const { error: refusal } = decide(elsewhere, 'fail') as { error: PromotionError }
    for (const named of ['ghcr.io/acme/app:latest', other, wanted]) expect(refusal.message).toContain(named)
  })
})

describe('judge, of a tag that only goes forward,', () => {
  test('moves it to a newer image', () => {
    expect(forward({ version: '1.10.0' }, { version: '1.9.0' })).toStrictEqual({
      kind: 'move',
      previous: other
    })
  })

  test('keeps it from an older image, and says why', () => {
    expect(forward({ version: '1.9.0' }, { version: '1.10.0' })).toStrictEqual({
      kind: 'keep',
      previous: other,
      by: 'forward',
      reason: expect.stringMatching(/older: version 1\.9\.0 is lower than 1\.10\.0/)
    })
  })

  test('refuses what cannot be compared, and names the tag and both digests', () => {
    const verdict = forward({ version: 'main' }, {})
    expect(verdict).toMatchObject({ kind: 'refuse', previous: other, error: { code: 'TARGET_PROTECTED' } })
    const { error: refusal } = verdict as { error: PromotionError }
    for (const named of ['ghcr.io/acme/app:latest', other, wanted]) expect(refusal.message).toContain(named)
  })

  test('refuses when nothing is known of either image', () => {
    expect(decide(elsewhere, 'forward')).toMatchObject({
      kind: 'refuse',
      error: { code: 'TARGET_PROTECTED' }
    })
  })

  test.each<[string, Verdict]>([
    ['the wanted image', forward(error, { version: '1.0.0' })],
    ['the present image', forward({ version: '1.0.0' }, error)]
  ])('refuses when %s cannot be read, with the error of that', (_what, verdict) => {
    expect(verdict).toStrictEqual({ kind: 'refuse', previous: other, error })
  })
})
