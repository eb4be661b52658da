/** Tests of the verdict on one target tag: every row of the table in policy.ts. */
import { expect, test } from '@jest/globals'
import { digestOf } from '../../src/core/digest.ts'
import { PromotionError } from '../../src/core/errors.ts'
import { type TagState, type Verdict, judge } from '../../src/core/policy.ts'

const wanted = digestOf(new Uint8Array([1]))
const other = digestOf(new Uint8Array([2]))
const error = new PromotionError('DENIED', 'no')

test.each<[string, TagState, Verdict]>([
  ['creates a tag that is absent', { kind: 'absent' }, { kind: 'create' }],
  ['leaves a tag that is right', { kind: 'present', digest: wanted }, { kind: 'unchanged' }],
  [
    'moves a tag that points elsewhere, and remembers where',
    { kind: 'present', digest: other },
    { kind: 'move', previous: other }
  ],
  ['refuses a tag that cannot be read', { kind: 'unreadable', error }, { kind: 'refuse', error }]
])('%s', (_rule, now, verdict) => {
  expect(judge(wanted, now)).toEqual(verdict)
})
