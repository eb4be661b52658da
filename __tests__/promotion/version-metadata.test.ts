/** Tests of editions: what an image says of itself, and which of two is the newer: every row of the table in edition.ts. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type VersionMetadata, isComplete, statedMetadata } from '../../src/oci/annotations.ts'
import { compareMetadata } from '../../src/promotion/version-metadata.ts'

const early = '2026-01-01T00:00:00Z'
const late = '2026-02-01T00:00:00Z'

describe('compareMetadata', () => {
  test.each<[string, VersionMetadata, VersionMetadata]>([
    ['a higher version', { version: '1.10.0' }, { version: 'v1.9.0' }],
    [
      'a higher version that was created earlier',
      { version: '2.0.0', created: early },
      { version: '1.0.0', created: late }
    ],
    ['a release, to a pre-release of it', { version: '2.0.0' }, { version: '2.0.0-rc.1' }],
    ['a higher pre-release, to a pre-release', { version: '2.0.0-rc.2' }, { version: '2.0.0-rc.1' }],
    [
      'the same version, created later',
      { version: '1.0.0', created: late },
      { version: '1.0.0', created: early }
    ],
    ['no version on either side, created later', { created: late }, { created: early }],
    [
      'a branch for a version, created later',
      { version: 'main', created: late },
      { version: '1.0.0', created: early }
    ],
    ['fractions of seconds', { created: '2026-01-01T00:00:00.123456789Z' }, { created: early }]
  ])('%s: newer', (_what, wanted, present) => {
    expect(compareMetadata(wanted, present).kind).toBe('newer')
  })

  test.each<[string, VersionMetadata, VersionMetadata]>([
    ['a lower version', { version: '1.9.0' }, { version: '1.10.0' }],
    [
      'a lower version that was created later',
      { version: '1.9.1', created: late },
      { version: '2.0.0', created: early }
    ],
    [
      'a pre-release, to a release',
      { version: '2.0.0-rc.1', created: late },
      { version: '1.0.0', created: early }
    ],
    [
      'the same version, created earlier',
      { version: '1.0.0', created: early },
      { version: '1.0.0', created: late }
    ],
    ['no version on one side, created earlier', { version: '1.0.0', created: early }, { created: late }],
    ['another time zone', { created: '2026-01-01T00:30:00+01:00' }, { created: early }]
  ])('%s: older', (_what, wanted, present) => {
    expect(compareMetadata(wanted, present).kind).toBe('older')
  })

  test.each<[string, VersionMetadata, VersionMetadata]>([
    ['the same in both', { version: '1.0.0', created: early }, { version: '1.0.0', created: early }],
    ['the same version, and no creation', { version: '1.0.0' }, { version: '1.0.0' }],
    ['creation on one side alone', { created: early }, { version: '1.0.0' }],
    ['what is no time', { created: '2026' }, { created: 'yesterday' }],
    ['a day that there is not', { created: '2026-13-41T00:00:00Z' }, { created: early }],
    ['nothing at all', {}, {}]
  ])('%s: not to be compared', (_what, wanted, present) => {
    expect(compareMetadata(wanted, present).kind).toBe('incomparable')
  })

  test('says why an image is older', () => {
    expect(compareMetadata({ version: 'v1.9.0' }, { version: '2.0.0' })).toMatchObject({
      reason: expect.stringMatching(/1\.9\.0.*2\.0\.0/)
    })
    expect(compareMetadata({ created: early }, { created: late })).toMatchObject({
      reason: expect.stringMatching(/2026-01-01.*2026-02-01/)
    })
  })

  test('never lets two images each be newer than the other', () => {
    const versions = fc.constantFrom(undefined, 'main', '1.0.0', '1.0.0-rc.1', '2.0.0-rc.1', '2.0.0')
    const times = fc.constantFrom(undefined, 'never', early, late)
    const metadata = fc.tuple(versions, times).map(([version, created]): VersionMetadata => {
      return { ...(version !== undefined && { version }), ...(created !== undefined && { created }) }
    })
    fc.assert(
      fc.property(metadata, metadata, (one, other) => {
        const kinds = [compareMetadata(one, other).kind, compareMetadata(other, one).kind].sort()
        expect([
          ['incomparable', 'incomparable'],
          ['newer', 'older'],
          // A pre-release that is higher than a release: neither takes the tag from the other.
          ['older', 'older']
        ]).toContainEqual(kinds)
      })
    )
  })
})

describe('statedMetadata', () => {
  test.each<[string, unknown, VersionMetadata]>([
    [
      'both',
      { 'org.opencontainers.image.version': '1.0.0', 'org.opencontainers.image.created': early, other: 'x' },
      { version: '1.0.0', created: early }
    ],
    ['nothing, of what is empty', { 'org.opencontainers.image.version': '' }, {}],
    ['nothing, of what is no text', { 'org.opencontainers.image.version': 1 }, {}],
    ['nothing, of no annotations', undefined, {}],
    ['nothing, of null', null, {}],
    ['nothing, of a text', 'org.opencontainers.image.version', {}]
  ])('reads %s', (_what, annotations, edition) => {
    expect(statedMetadata(annotations)).toStrictEqual(edition)
  })
})

describe('isComplete', () => {
  test.each<[VersionMetadata, boolean]>([
    [{ version: '1.0.0', created: early }, true],
    [{ version: '1.0.0' }, false],
    [{ created: early }, false],
    [{}, false]
  ])('%j: %j', (metadata, expected) => {
    expect(isComplete(metadata)).toBe(expected)
  })
})
