/** Tests of versions: what is one, and their order, which must be that of semver.org and of npm's own library. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import semver from 'semver'
import { type Version, compareVersions, parseVersion } from '../../src/promotion/version.ts'
import { tries } from '../../testing/properties.ts'

const parsed = (text: string): Version => {
  const version = parseVersion(text)
  if (version === undefined) throw new Error(`${text} is no version`)
  return version
}

describe('parseVersion', () => {
  test.each([
    ['1.4.0', '1.4.0', false],
    ['v1.4.0', '1.4.0', false],
    ['1.4.0-rc.1', '1.4.0-rc.1', true],
    ['v2.0.0-0.3.7+build.5', '2.0.0-0.3.7+build.5', true],
    ['1.0.0+20130313144700', '1.0.0+20130313144700', false]
  ])('reads %s', (written, text, isPreRelease) => {
    expect(parseVersion(written)).toMatchObject({ text, isPreRelease })
  })

  test.each([
    '',
    'main',
    '1.4',
    '1',
    'vv1.0.0',
    '1.0.0.0',
    '01.0.0',
    '1.0.0-01',
    '22.04',
    'V1.0.0',
    `1.0.0-${'a'.repeat(256)}`
  ])('takes %j for no version', text => {
    expect(parseVersion(text)).toBeUndefined()
  })
})

describe('compareVersions', () => {
  test('has the order of semver.org', () => {
    const ordered = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.9.0',
      '1.10.0',
      '2.0.0-rc',
      '2.0.0-rc.0'
    ]
    for (const [index, lower] of ordered.entries())
      for (const higher of ordered.slice(index + 1)) {
        expect(compareVersions(parsed(lower), parsed(`v${higher}`))).toBeLessThan(0)
        expect(compareVersions(parsed(higher), parsed(lower))).toBeGreaterThan(0)
      }
  })

  test('passes over build metadata', () => {
    expect(compareVersions(parsed('1.0.0+2'), parsed('1.0.0+1'))).toBe(0)
  })

  test("agrees with npm's library", () => {
    const number = fc.nat({ max: 12 })
    const word = fc.constantFrom('alpha', 'beta', 'rc', 'rc1', 'a-b', '-', '0a', 'A', '0', '2', '11')
    const version = fc
      .tuple(number, number, number, fc.array(word, { maxLength: 3 }))
      .map(
        ([major, minor, patch, words]) =>
          `${[major, minor, patch].join('.')}${words.map((each, index) => (index === 0 ? '-' : '.') + each).join('')}`
      )
    fc.assert(
      fc.property(version, version, (one, other) => {
        expect(Math.sign(compareVersions(parsed(one), parsed(other)))).toBe(semver.compare(one, other))
      }),
      tries(2000)
    )
  })
})
