/** Tests of the plan of a tag that leaves earlier images behind. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import {
  type Observed,
  type Order,
  type Plan,
  chainOf,
  isRefused,
  keptImages,
  plan,
  previousTags,
  stepsOf
} from '../../src/promotion/plan.ts'
import type { TagState } from '../../src/promotion/policy.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { image } from '../../testing/images.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'

const [today, first, second] = ['today', 'first', 'second'].map(seed => manifestOf(image({ seed }))) as [
  ReturnType<typeof manifestOf>,
  ReturnType<typeof manifestOf>,
  ReturnType<typeof manifestOf>
]
const target = targetOf('nightly')
const order: Order = {
  source: parseReference('ghcr.io/acme/app:main'),
  targets: [targetOf('v1'), target],
  keepPrevious: [{ pattern: 'nightly', value: 2 }]
}
const absent: TagState = { kind: 'absent' }
const holding = ({ digest }: { digest: typeof today.digest }): TagState => ({ kind: 'present', digest })
const error = new PromotionError('TIMED_OUT', 'slow')

const observed: Observed = {
  source: today,
  states: [absent, holding(first)],
  previousStates: [[], [holding(second), absent]],
  images: new Map([
    [first.digest, first],
    [second.digest, second]
  ])
}
const decide = (differing: Partial<Observed> = {}): Plan => plan(order, { ...observed, ...differing })
const namesOf = (steps: readonly { target: { tag: string }; verdict: { kind: string } }[]): string[] =>
  steps.map(({ target: { tag }, verdict }) => `${verdict.kind} ${tag}`)

describe('plan, of a tag that leaves its earlier images behind,', () => {
  test('writes the oldest first and the tag itself last', () => {
    const chain = decide().steps.flatMap(step => (step.target === target ? chainOf(step) : []))
    expect(namesOf(chain)).toStrictEqual(['create nightly-2', 'move nightly-1', 'move nightly'])
    expect(chain.map(({ digest }) => digest)).toStrictEqual([second.digest, first.digest, today.digest])
    expect(chain.map(({ keeps }) => keeps)).toStrictEqual([target, target, undefined])
  })

  test('tells of it the other way round, and of other targets in the order given', () => {
    expect(namesOf(stepsOf(decide()))).toStrictEqual([
      'create v1',
      'move nightly',
      'move nightly-1',
      'create nightly-2'
    ])
  })

  test('holds every manifest that it writes', () => {
    expect([...decide().manifests.values()]).toStrictEqual([today, first, second])
  })

  test.each<[string, TagState]>([
    ['is new', absent],
    ['is right', holding(today)]
  ])('writes no other tag when the tag %s', (_what, state) => {
    const steps = stepsOf(decide({ states: [absent, state] }))
    expect(steps.map(({ target: { tag } }) => tag)).toStrictEqual(['v1', 'nightly'])
  })

  test('writes no other tag when the tag is kept', () => {
    const steps = stepsOf(plan({ ...order, ifExists: [{ pattern: '*', value: 'skip' }] }, observed))
    expect(namesOf(steps)).toStrictEqual(['create v1', 'keep nightly'])
  })

  test.each<{ what: string; differing: Partial<Observed>; tag: string; code: string }>([
    {
      what: 'a tag cannot be read',
      differing: { previousStates: [[], [{ kind: 'unreadable', error }, absent]] },
      tag: 'nightly-1',
      code: 'TIMED_OUT'
    },
    {
      what: 'an image cannot be read',
      differing: { images: new Map([...(observed.images ?? []), [first.digest, error]]) },
      tag: 'nightly-1',
      code: 'TIMED_OUT'
    },
    {
      what: 'an image is gone',
      differing: { images: new Map([[first.digest, first]]) },
      tag: 'nightly-2',
      code: 'SOURCE_NOT_FOUND'
    }
  ])('refuses when $what, and writes nothing', ({ differing, tag, code }) => {
    const intended = decide(differing)
    expect(isRefused(intended)).toBe(true)
    const refused = stepsOf(intended).filter(({ verdict }) => verdict.kind === 'refuse')
    expect(refused).toMatchObject([{ target: targetOf(tag), keeps: target, verdict: { error: { code } } }])
  })

  test('does not hold what could not be read', () => {
    const { manifests } = decide({ images: new Map([[first.digest, error]]) })
    expect([...manifests.values()]).toStrictEqual([today])
  })

  test('finds no earlier tags where nobody has looked for any', () => {
    const { source, states } = observed
    expect(namesOf(stepsOf(plan(order, { source, states })))).toStrictEqual(['create v1', 'move nightly'])
  })
})

describe('keptImages', () => {
  test('lists what is written again, also before it has been read', () => {
    const { repository } = target
    const { source, states, previousStates = [] } = observed
    for (const known of [observed, { source, states, previousStates }])
      expect(keptImages(plan(order, known))).toStrictEqual([
        { repository, digest: first.digest },
        { repository, digest: second.digest }
      ])
  })
})

describe('previousTags', () => {
  test('lists as many tags as the first rule that matches says', () => {
    expect(previousTags(order, target)).toStrictEqual([targetOf('nightly-1'), targetOf('nightly-2')])
    expect(previousTags(order, targetOf('v1'))).toStrictEqual([])
    expect(previousTags({ source: order.source, targets: [] }, target)).toStrictEqual([])
  })
})
