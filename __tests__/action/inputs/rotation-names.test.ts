/** Tests of the names that keep-previous makes: each must be free. */
import { describe, expect, test } from '@jest/globals'
import { Mistakes } from '../../../src/action/inputs/mistakes.ts'
import { checkRotation } from '../../../src/action/inputs/rotation-names.ts'
import type { Target } from '../../../src/oci/reference.ts'
import type { Request } from '../../../src/promotion/request.ts'
import type { Source } from '../../../src/promotion/source.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'
import { requestOf } from '../../../testing/requests.ts'
import { otherDigest, sourceOf, targetOf } from '../../../testing/samples.ts'

const main = 'ghcr.io/acme/app:main'
const everywhere = [{ pattern: '*', value: 2 }]

/** Tells what is wrong with a request whose tags keep two earlier images, unless it says otherwise; empty when nothing is. */
interface Given extends Partial<Pick<Request, 'keepPrevious'>> {
  readonly source?: Source
  readonly targets: readonly Target[]
}

function mistakesIn({ source = sourceOf(main), targets, keepPrevious = everywhere }: Given): string {
  const mistakes = new Mistakes()
  const promotions = [{ source, targets }]
  checkRotation({ ...requestOf(main, []), promotions, keepPrevious }, { lines: new Map(), mistakes })
  return (
    errorThrownBy(() => {
      mistakes.throwAny()
    })?.message ?? ''
  )
}
const numbered = (count: number): Target[] =>
  [...Array(count).keys()].map(index => targetOf(`t${index.toString()}`))

describe('checkRotation', () => {
  test.each<[string, Given]>([
    ['names that are free', { targets: ['nightly', 'latest', 'nightly-3'].map(targetOf) }],
    [
      'a target that looks like one of them, where none is kept',
      { targets: ['a', 'a-1'].map(targetOf), keepPrevious: [] }
    ],
    [
      'a source by its digest',
      { targets: [targetOf('nightly')], source: sourceOf(`ghcr.io/acme/app:nightly-1@${otherDigest}`) }
    ],
    [
      'a source of the same name elsewhere',
      { targets: [targetOf('nightly')], source: sourceOf('ghcr.io/acme/ape:nightly-1') }
    ],
    [
      'the target itself for the source',
      { targets: [targetOf('nightly')], source: sourceOf('ghcr.io/acme/app:nightly') }
    ],
    ['a name that is as long as can be', { targets: [targetOf('n'.repeat(126))] }],
    ['a thousand tags in all', { targets: numbered(333) }]
  ])('lets pass %s', (_what, order) => {
    expect(mistakesIn(order)).toBe('')
  })

  test.each<[string, Given, RegExp]>([
    [
      'a target that is one of them',
      { targets: ['nightly', 'nightly-2'].map(targetOf) },
      /app:nightly-2" is both a target/
    ],
    [
      'a source that is one of them',
      { targets: [targetOf('nightly')], source: sourceOf('ghcr.io/acme/app:nightly-1') },
      /app:nightly-1.*the source.*digest/
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
