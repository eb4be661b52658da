/** Tests of the plan: a verdict for every target, with nothing done yet. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Order, comparedImages, isRefused, plan } from '../../src/promotion/plan.ts'
import type { TagState } from '../../src/promotion/policy.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { manifestOf, otherDigest, targetOf } from '../../testing/samples.ts'

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

const orderOf = (observed: readonly TagState[]): Order => ({
  source,
  targets: observed.map((_state, index) => targetOf(`t${index.toString()}`))
})
const decide = (observed: readonly TagState[]): ReturnType<typeof plan> =>
  plan(orderOf(observed), { source: manifest, states: observed })

describe('plan', () => {
  test('judges each target by its own state, in the order given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...rows)), drawn => {
        const { steps } = decide(drawn.map(([state]) => state))
        expect(steps).toStrictEqual(
          drawn.map(([, verdict], index) => ({
            target: targetOf(`t${index.toString()}`),
            digest: manifest.digest,
            verdict,
            before: []
          }))
        )
      })
    )
  })

  test('takes the first rule that matches a tag, and moves a tag that none matches', () => {
    const order: Order = {
      source,
      targets: ['v1', 'v2', 'latest'].map(targetOf),
      ifExists: [
        { pattern: 'v1', value: 'skip' },
        { pattern: 'v*', value: 'fail' }
      ]
    }
    const elsewhere: TagState = { kind: 'present', digest: otherDigest }
    const { steps } = plan(order, { source: manifest, states: [elsewhere, elsewhere, elsewhere] })
    expect(steps.map(({ verdict }) => verdict.kind)).toStrictEqual(['keep', 'refuse', 'move'])
  })

  test('judges by the editions that were read', () => {
    const order: Order = {
      source,
      targets: [targetOf('latest')],
      ifExists: [{ pattern: '*', value: 'forward' }]
    }
    const editions = new Map([
      [manifest.digest, { version: '2.0.0' }],
      [otherDigest, { version: '1.0.0' }]
    ])
    const { steps } = plan(order, {
      source: manifest,
      states: [{ kind: 'present', digest: otherDigest }],
      editions
    })
    expect(steps).toMatchObject([{ verdict: { kind: 'move' } }])
  })

  test('holds the manifest that is to be written, and what is known of its platforms', () => {
    const observed = { source: manifest, states, platforms: ['linux/amd64'] }
    const intended = plan(orderOf(states), observed)
    expect(intended).toMatchObject({ source: manifest, platforms: ['linux/amd64'] })
    expect([...intended.manifests]).toStrictEqual([[manifest.digest, manifest]])
  })

  test('never writes a tag that was not looked at', () => {
    const order = { source, targets: [targetOf('1'), targetOf('2')] }
    expect(() => plan(order, { source: manifest, states: [{ kind: 'absent' }] })).toThrow('app:2')
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

describe('comparedImages', () => {
  const orderWith = (...ifExists: NonNullable<Order['ifExists']>): Order => ({ ...orderOf(states), ifExists })
  const observed = { source: manifest, states }
  const { repository } = source

  test('asks nothing where no tag is to go forward', () => {
    expect(comparedImages(orderWith(), observed)).toStrictEqual([])
    expect(comparedImages(orderWith({ pattern: '*', value: 'fail' }), observed)).toStrictEqual([])
  })

  test('asks nothing of tags that are new, right, unreadable or not to go forward', () => {
    const [absent, right, , unreadable] = states
    const rules = { pattern: '*', value: 'forward' } as const
    const few = [absent, right, unreadable].filter(state => state !== undefined)
    expect(
      comparedImages({ ...orderOf(few), ifExists: [rules] }, { source: manifest, states: few })
    ).toStrictEqual([])
  })

  test('asks for the source and for what the tags hold, each image once', () => {
    const elsewhere: TagState = { kind: 'present', digest: otherDigest }
    const order = orderOf([elsewhere, elsewhere])
    const forward: Order = { ...order, ifExists: [{ pattern: 't*', value: 'forward' }] }
    expect(comparedImages(forward, { source: manifest, states: [elsewhere, elsewhere] })).toStrictEqual([
      { repository, digest: manifest.digest },
      { repository, digest: otherDigest }
    ])
  })
})
