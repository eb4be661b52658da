/** Tests of published versions: every row of the tables in published.ts, and what holds for all of them. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseTag } from '../../src/oci/reference.ts'
import { comparePublished, isFullVersion } from '../../src/promotion/published.ts'

const compare = (floating: string, given: readonly string[], published: readonly string[]) =>
  comparePublished(parseTag(floating), given.map(parseTag), published.map(parseTag))

describe('comparePublished', () => {
  test.each<[string, string[], string[], string | undefined]>([
    // The line of a floating tag.
    ['1', ['1.3.9'], ['1.4.0'], 'older'],
    ['1', ['1.3.9'], ['1.3.8', '2.0.0'], 'newer'],
    ['1.3', ['1.3.9'], ['1.3.8', '1.4.0'], 'newer'],
    ['1.3', ['1.3.9'], ['1.3.10'], 'older'],
    ['1', ['1.3.9'], ['10.0.0'], undefined],
    ['latest', ['1.3.9'], ['2.0.0'], 'older'],
    ['stable', ['1.3.9'], ['2.0.0'], 'older'],
    ['latest', ['2.0.0'], ['1.3.9', 'sha-1', 'main'], 'newer'],
    // The same version again.
    ['latest', ['1.3.9'], ['1.3.9'], 'newer'],
    // The highest of the given versions counts.
    ['latest', ['1.3.9', '1.4.0'], ['1.3.10'], 'newer'],
    // A leading v, leading zeros, four numbers, long numbers.
    ['v1', ['v1.3.9'], ['v1.4.0'], 'older'],
    ['1', ['1.3.9'], ['v1.4.0'], 'older'],
    ['latest', ['2026.09.1'], ['2026.10.1'], 'older'],
    ['latest', ['2026.10.01'], ['2026.9.30'], 'newer'],
    ['2026.09', ['2026.09.2'], ['2026.9.1'], 'newer'],
    ['latest', ['1.2.3.4'], ['1.2.3.10'], 'older'],
    ['latest', ['1.2.3.4'], ['1.2.3'], 'newer'],
    ['latest', ['1.2.3'], ['1.2.3.4'], 'older'],
    ['latest', ['1.2.99999999999999999999'], ['1.2.100000000000000000000'], 'older'],
    // Flavours.
    ['latest-alpine', ['1.4.0-alpine'], ['1.5.0', '1.3.0-alpine'], 'newer'],
    ['1-alpine', ['1.4.0-alpine'], ['1.5.0-alpine'], 'older'],
    ['1-alpine', ['1.4.0-alpine'], ['1.5.0'], undefined],
    ['alpine', ['1.4.0-alpine'], ['1.5.0-alpine', '2.0.0'], 'older'],
    ['alpine', ['1.4.0-alpine'], ['1.3.0-alpine', '2.0.0'], 'newer'],
    ['latest', ['1.4.0', '1.4.0-alpine'], ['1.5.0-alpine', '1.3.0'], 'newer'],
    ['latest-alpine', ['1.4.0'], ['1.5.0-alpine'], 'older'],
    ['edge-slim-bookworm', ['1.4.0-slim-bookworm'], ['1.5.0-slim-bookworm'], 'older'],
    // Releases and pre-releases.
    ['latest', ['1.4.0'], ['2.0.0-rc.1', '1.3.0'], 'newer'],
    ['latest', ['1.4.0'], ['2.0.0-rc.1'], undefined],
    ['latest', ['2.0.0-rc.1'], ['1.3.0'], 'older'],
    ['2', ['2.0.0-rc.2'], ['1.3.0', '2.0.0-rc.1'], 'newer'],
    ['2', ['2.0.0-rc.1'], ['1.3.0', '2.0.0-rc.2'], 'older'],
    ['2', ['2.0.0-rc.1'], ['1.3.0'], undefined],
    ['latest-alpine', ['1.4.0-rc.1-alpine'], ['1.4.0-rc.2-alpine'], 'older'],
    // What is no full version tells nothing.
    ['latest', ['1.3'], ['1.4.0'], undefined],
    ['latest', ['1.3.9'], [], undefined],
    ['latest', ['1.3.9'], ['1.4', 'latest', '1.4.0.', 'v', '1.4.0-rc_1', 'a1.4.0'], undefined]
  ])('%s, of an image that gets %j, where there are %j: %s', (...row) => {
    const [floating, given, published, expected] = row
    expect(compare(floating, given, published)?.kind).toBe(expected)
  })

  test('names both versions as they are written', () => {
    expect(compare('1', ['v1.3.9'], ['v1.4.0'])).toStrictEqual({
      kind: 'older',
      by: 'published',
      reason: 'v1.4.0 is published, and v1.3.9 is lower'
    })
    expect(compare('1', ['v1.5.0'], ['v1.4.0'])?.reason).toMatch(/v1\.5\.0 is higher than v1\.4\.0/)
    expect(compare('1', ['1.5.0-rc.1'], ['1.4.0'])?.reason).toMatch(/1\.5\.0-rc\.1 is a pre-release.*1\.4\.0/)
  })
})

test.each([
  ['1.4.0', true],
  ['v1.4.0-alpine', true],
  ['2026.01.02.3', true],
  ['1.4', false],
  ['sha-1.4.0', false],
  ['latest', false]
])('isFullVersion(%s): %s', (tag, expected) => {
  expect(isFullVersion(parseTag(tag))).toBe(expected)
})

describe('for all published versions,', () => {
  const numbers = fc.tuple(...[0, 1, 2].map(() => fc.nat({ max: 3 })))
  const versions = numbers.map(parts => parts.join('.'))
  const parts = (version: string): number[] => version.split('.').map(Number)
  const isHigher = (one: string, other: string): boolean => {
    const [mine, theirs] = [parts(one), parts(other)]
    const index = mine.findIndex((number, at) => number !== theirs[at])
    return index !== -1 && (mine[index] ?? 0) > (theirs[index] ?? 0)
  }

  test('a floating tag never goes back within its line', () => {
    fc.assert(
      fc.property(versions, fc.array(versions, { maxLength: 6 }), (wanted, published) => {
        const major = wanted.split('.', 1)[0] ?? ''
        const isBack = published.some(each => each.startsWith(`${major}.`) && isHigher(each, wanted))
        expect(compare(major, [wanted], published)?.kind === 'older').toBe(isBack)
      })
    )
  })

  test('the order of two releases makes no difference to where the tag ends', () => {
    fc.assert(
      fc.property(
        versions,
        versions,
        fc.array(versions, { minLength: 1, maxLength: 4 }),
        (one, other, before) => {
          const release = (held: string, published: string[], wanted: string): string =>
            compare('latest', [wanted], published)?.kind === 'newer' ? wanted : held
          const highest = before.reduce((best, each) => (isHigher(each, best) ? each : best))
          const end = (first: string, second: string): string =>
            release(release(highest, before, first), [...before, first], second)
          expect(parts(end(one, other))).toStrictEqual(parts(end(other, one)))
        }
      )
    )
  })
})
