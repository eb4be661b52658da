/** Tests of the plan: a verdict for every target, with nothing done yet. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/core/errors.ts'
import { isRefused, plan } from '../../src/core/plan.ts'
import type { TagState } from '../../src/core/policy.ts'
import { parseReference } from '../../src/core/reference.ts'
import { manifestOf, otherDigest, targetOf } from './samples.ts'

const manifest = manifestOf()
const source = parseReference('ghcr.io/acme/app:sha-1')
const error = new PromotionError('DENIED', 'no')

const rows = [
  [{ kind: 'absent' }, { kind: 'create' }],
  [{ kind: 'present', digest: manifest.digest }, { kind: 'unchanged' }],
  [
    { kind: 'present', digest: otherDigest },
    { kind: 'move', previous: otherDigest }
  ],
  [
    { kind: 'unreadable', error },
    { kind: 'refuse', error }
  ]
] as const
const states: TagState[] = rows.map(([state]) => state)

const decide = (observed: readonly TagState[]): ReturnType<typeof plan> =>
  plan(
    { source, targets: observed.map((_state, index) => targetOf(`t${index.toString()}`)) },
    { source: manifest, states: observed }
  )

describe('plan', () => {
  test('judges each target by its own state, in the order given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...rows)), drawn => {
        const { steps } = decide(drawn.map(([state]) => state))
        expect(steps).toEqual(
          drawn.map(([, verdict], index) => ({ target: targetOf(`t${index.toString()}`), verdict }))
        )
      })
    )
  })

  test('keeps the manifest that is to be written', () => {
    expect(decide(states).source).toBe(manifest)
  })

  test('never writes a tag that was not looked at', () => {
    const order = { source, targets: [targetOf('1'), targetOf('2')] }
    const decided = (): unknown[] =>
      plan(order, { source: manifest, states: [{ kind: 'absent' }] }).steps.filter(
        ({ target, verdict }) => target.tag === '2' && verdict.kind === 'create'
      )
    expect(attempted(decided)).toEqual([])
  })
})

describe('isRefused', () => {
  test.each([
    ['nothing to do', [], false],
    ['a tag to create', states.slice(0, 1), false],
    ['all but a refusal', states.slice(0, 3), false],
    ['one refusal among others', states, true],
    ['a refusal alone', states.slice(3), true]
  ])('a plan with %s: %s', (_what, observed, expected) => {
    expect(isRefused(decide(observed))).toBe(expected)
  })
})

/** Does some work that may as well throw, which writes nothing either. */
function attempted(work: () => unknown[]): unknown[] {
  try {
    return work()
  } catch {
    return []
  }
}
