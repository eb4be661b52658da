/** Tests of the verdict on one target tag: every row of the table in policy.ts. */
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Question, type Verdict, judge } from '../../src/promotion/policy.ts'
import { type Policy, policies } from '../../src/promotion/request.ts'
import type { TagState } from '../../src/promotion/snapshot.ts'
import { targetOf } from '../../testing/samples.ts'

const target = targetOf('latest')
const bytes = new Uint8Array([1])
const wanted = digestOf(bytes)
const sha512 = digestOf(bytes, `sha512:${'0'.repeat(128)}` as Digest)
const other = digestOf(new Uint8Array([2]))
const error = new PromotionError('DENIED', 'no')
const down = new PromotionError('REGISTRY_UNAVAILABLE', 'no answer')
const elsewhere: TagState = { kind: 'present', digest: other }

const never = (): never => {
  throw new Error('this policy compares nothing')
}
const decide = (
  now: TagState,
  policy: Policy,
  { compare = never, isKept = false }: Partial<Question> = {}
): Verdict => judge({ target, wanted: { bytes, digest: wanted }, now, policy, compare, isKept })
const forward = (comparison: ReturnType<Question['compare']>): Verdict =>
  decide(elsewhere, 'forward', {
    compare: present => {
      expect(present).toBe(other)
      return comparison
    }
  })

describe.each(policies)('judge, with if-exists: %s,', policy => {
  test.each<[string, TagState, Verdict]>([
    ['creates a tag that is absent', { kind: 'absent' }, { kind: 'create', digest: wanted }],
    [
      'leaves a tag that is up to date',
      { kind: 'present', digest: wanted },
      { kind: 'unchanged', digest: wanted }
    ],
    [
      'leaves a tag that is up to date, named by another algorithm',
      { kind: 'present', digest: sha512 },
      { kind: 'unchanged', digest: wanted }
    ],
    [
      'refuses a tag that cannot be read for now',
      { kind: 'unreadable', error: down },
      { kind: 'refuse', error: down }
    ]
  ])('%s', (_rule, now, verdict) => {
    expect(decide(now, policy)).toStrictEqual(verdict)
  })
})

describe('judge, of a tag that a registry does not let read,', () => {
  const denied: TagState = { kind: 'unreadable', error }

  test('overwrites it where it is to be moved', () => {
    expect(decide(denied, 'move')).toStrictEqual({
      kind: 'overwrite',
      digest: wanted,
      reason: 'written without knowing what it pointed to: no'
    })
  })

  test.each(['REGISTRY_REJECTED', 'MANIFEST_UNSUPPORTED', 'UNAUTHORIZED', 'REGISTRY_UNAVAILABLE'] as const)(
    'refuses it, whatever the policy, where it is not denied (%s)',
    code => {
      const failed = new PromotionError(code, 'no')
      expect(decide({ kind: 'unreadable', error: failed }, 'move')).toStrictEqual({
        kind: 'refuse',
        error: failed
      })
    }
  )

  test.each(['skip', 'fail', 'forward'] as const)('refuses it under %s, and says what to do', policy => {
    expect(decide(denied, policy)).toMatchObject({
      kind: 'refuse',
      error: {
        code: 'DENIED',
        message: `if-exists: ${policy} cannot judge what cannot be read: no`,
        advice: expect.stringMatching(/right to pull.*Or set if-exists to move/)
      }
    })
  })

  test('refuses it where what it held is to be kept', () => {
    expect(decide(denied, 'move', { isKept: true })).toMatchObject({
      kind: 'refuse',
      error: {
        message: 'keep-previous cannot keep what cannot be read: no',
        advice: expect.stringContaining('set keep-previous to 0')
      }
    })
  })
})

describe('judge, of a tag that points elsewhere,', () => {
  test('moves it, and remembers where it pointed', () => {
    expect(decide(elsewhere, 'move')).toStrictEqual({ kind: 'move', digest: wanted, previous: other })
  })

  test('keeps it where it is to be skipped', () => {
    expect(decide(elsewhere, 'skip')).toStrictEqual({
      kind: 'keep',
      previous: other,
      reason: expect.stringContaining(other)
    })
  })

  test.each<[string, Verdict]>([
    ['where that is a failure', decide(elsewhere, 'fail')],
    [
      'where the images cannot be compared',
      forward({ kind: 'incomparable', by: 'created', reason: 'no version' })
    ]
  ])('refuses %s, and names the tag and both digests', (_what, verdict) => {
    expect(verdict).toMatchObject({
      kind: 'refuse',
      previous: other,
      error: { code: 'TARGET_PROTECTED', advice: expect.stringContaining('if-exists') }
    })
    const { error: refusal } = verdict as { error: PromotionError }
    for (const named of ['ghcr.io/acme/app:latest', other, wanted]) expect(refusal.message).toContain(named)
  })
})

describe('judge, of a tag that only goes forward,', () => {
  test('moves it to a newer image', () => {
    const comparison = { kind: 'newer', by: 'version', reason: 'why' } as const
    expect(forward(comparison)).toStrictEqual({
      kind: 'move',
      digest: wanted,
      previous: other,
      comparison
    })
  })

  test('keeps it from an older image, and says why', () => {
    const comparison = {
      kind: 'older',
      by: 'version',
      reason: 'version 1.9.0 is lower than 1.10.0'
    } as const
    expect(forward(comparison)).toStrictEqual({
      kind: 'keep',
      previous: other,
      comparison,
      reason: expect.stringMatching(/older, because version 1\.9\.0 is lower than 1\.10\.0/)
    })
  })

  test('refuses when an image cannot be read, with the error of that', () => {
    expect(forward(error)).toStrictEqual({ kind: 'refuse', previous: other, error })
  })
})
