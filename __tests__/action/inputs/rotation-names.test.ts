/** Tests of the names that keep-previous makes: each must be free. */
import { describe, expect, test } from '@jest/globals'
import { Mistakes } from '../../../src/action/inputs/mistakes.ts'
import { checkRotation } from '../../../src/action/inputs/rotation-names.ts'
import type { Order } from '../../../src/promotion/plan.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'
import { otherDigest, targetOf } from '../../../testing/samples.ts'

/** Tells what is wrong with an order whose tags keep two earlier images, unless it says otherwise; empty when nothing is. */
function mistakesIn(order: Partial<Order>): string {
  const mistakes = new Mistakes()
  const source = parseReference('ghcr.io/acme/app:main')
  checkRotation({ source, targets: [], keepPrevious: [{ pattern: '*', value: 2 }], ...order }, mistakes)
  return (
    errorThrownBy(() => {
      mistakes.throwAny()
    })?.message ?? ''
  )
}
const numbered = (count: number): Order['targets'] =>
  [...Array(count).keys()].map(index => targetOf(`t${index.toString()}`))

describe('checkRotation', () => {
  test.each<[string, Partial<Order>]>([
    ['names that are free', { targets: ['nightly', 'latest', 'nightly-3'].map(targetOf) }],
    [
      'a target that looks like one of them, where none is kept',
      { targets: ['a', 'a-1'].map(targetOf), keepPrevious: [] }
    ],
    [
      'a source by its digest',
      { targets: [targetOf('nightly')], source: parseReference(`ghcr.io/acme/app:nightly-1@${otherDigest}`) }
    ],
    [
      'a source of the same name elsewhere',
      { targets: [targetOf('nightly')], source: parseReference('ghcr.io/acme/ape:nightly-1') }
    ],
    [
      'the target itself for the source',
      { targets: [targetOf('nightly')], source: parseReference('ghcr.io/acme/app:nightly') }
    ],
    ['a name that is as long as can be', { targets: [targetOf('n'.repeat(126))] }],
    ['a thousand tags in all', { targets: numbered(333) }]
  ])('lets pass %s', (_what, order) => {
    expect(mistakesIn(order)).toBe('')
  })

  test.each<[string, Partial<Order>, RegExp]>([
    [
      'a target that is one of them',
      { targets: ['nightly', 'nightly-2'].map(targetOf) },
      /app:nightly-2" is a target/
    ],
    [
      'a source that is one of them',
      { targets: [targetOf('nightly')], source: parseReference('ghcr.io/acme/app:nightly-1') },
      /source.*app:nightly-1.*digest/
    ],
    ['a name that gets too long', { targets: [targetOf('n'.repeat(127))] }, /not a tag/],
    ['more than a thousand tags in all', { targets: numbered(334) }, /1002 tags/],
    [
      'numbers beyond all measure',
      { targets: numbered(1000), keepPrevious: [{ pattern: '*', value: 9999 }] },
      /10000000 tags/
    ]
  ])('refuses %s', (_what, order, message) => {
    expect(mistakesIn(order)).toMatch(/^keep-previous: /)
    expect(mistakesIn(order)).toMatch(message)
  })

  test('finds the mistakes of every target', () => {
    expect(mistakesIn({ targets: ['a', 'a-1', 'b', 'b-2'].map(targetOf) })).toMatch(/^2 mistakes/)
  })
})
