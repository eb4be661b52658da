/** Tests of platforms: the grammar, and which of those required are missing. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  formatPlatform,
  missingPlatforms,
  parsePlatform,
  platformKey,
  readPlatform
} from '../../src/oci/platform.ts'
import { hostileTexts } from '../../testing/hostile.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'

describe('parsePlatform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/ARM64/v8', 'linux/arm64/v8']
  ])('reads %s', (text, platform) => {
    expect(parsePlatform(text)).toBe(platform)
  })

  test.each(['', 'linux', 'linux/', '/amd64', 'linux/arm/v7/hard', 'linux amd64', 'linux/amd64;'])(
    'does not take %j for a platform',
    text => {
      expect(codeThrownBy(() => parsePlatform(text))).toBe('INPUT_INVALID')
    }
  )

  test('reads any text once and for all, or refuses it by code', () => {
    fc.assert(
      fc.property(hostileTexts, text => {
        const code = codeThrownBy(() => {
          expect(parsePlatform(parsePlatform(text))).toBe(parsePlatform(text))
        })
        expect([undefined, 'INPUT_INVALID']).toContain(code)
      })
    )
  })
})

describe('missingPlatforms', () => {
  test.each<{ what: string; required: string[]; present: string[]; missing: string[] }>([
    { what: 'nothing is required', required: [], present: [], missing: [] },
    {
      what: 'all are there',
      required: ['linux/amd64', 'linux/arm64'],
      present: ['linux/arm64', 'linux/amd64', 'linux/s390x'],
      missing: []
    },
    {
      what: 'one is missing',
      required: ['linux/amd64', 'linux/arm64'],
      present: ['linux/amd64'],
      missing: ['linux/arm64']
    },
    {
      what: 'arm64 and arm64/v8 are one',
      required: ['linux/arm64', 'linux/arm64/v8'],
      present: ['linux/arm64/v8'],
      missing: []
    },
    {
      what: 'arm64/v8 and arm64 are one',
      required: ['linux/arm64/v8'],
      present: ['linux/arm64'],
      missing: []
    },
    { what: 'arm is arm/v7', required: ['linux/arm'], present: ['linux/arm/v7'], missing: [] },
    { what: 'arm is not arm/v6', required: ['linux/arm'], present: ['linux/arm/v6'], missing: ['linux/arm'] },
    { what: 'amd64 is amd64/v1', required: ['linux/amd64/v1'], present: ['linux/amd64'], missing: [] },
    {
      what: 'amd64 is not amd64/v3',
      required: ['linux/amd64'],
      present: ['linux/amd64/v3'],
      missing: ['linux/amd64']
    },
    {
      what: 'another system is another platform',
      required: ['windows/amd64'],
      present: ['linux/amd64'],
      missing: ['windows/amd64']
    },
    { what: 'there is none at all', required: ['linux/riscv64'], present: [], missing: ['linux/riscv64'] }
  ])('$what', ({ required, present, missing }) => {
    expect(missingPlatforms(required, present)).toStrictEqual(missing)
  })
})

describe('readPlatform', () => {
  const linux = { os: 'linux', architecture: 'amd64' }

  test.each([
    [
      'all that the specification has',
      { ...linux, variant: 'v3', 'os.version': '6', 'os.features': ['a', 'b'] }
    ],
    ['operating system and architecture', linux]
  ])('reads %s', (_what, platform) => {
    expect(readPlatform({ config: {}, ...platform })).toStrictEqual(platform)
  })

  test.each([
    ['empty', { variant: '', 'os.version': '', 'os.features': [] }],
    ['of the wrong type', { variant: 8, 'os.version': ['6'], 'os.features': 'win32k' }],
    ['null', { variant: null, 'os.version': null, 'os.features': null }],
    ['a list of something else', { 'os.features': ['win32k', 7] }]
  ])('takes no optional field that is %s', (_what, fields) => {
    expect(readPlatform({ ...linux, ...fields })).toStrictEqual(linux)
  })

  test.each([
    ['no object', 'linux/amd64'],
    ['no architecture', { os: 'linux' }],
    ['an empty operating system', { ...linux, os: '' }],
    ['an architecture that is no text', { ...linux, architecture: 64 }],
    ['what attestations say', { os: 'unknown', architecture: 'unknown' }]
  ])('reads nothing of %s', (_what, value) => {
    expect(readPlatform(value)).toBeUndefined()
    expect(formatPlatform(value)).toBeUndefined()
  })
})

describe('platformKey', () => {
  const linux = { os: 'linux', architecture: 'amd64' }
  const windows = {
    os: 'windows',
    architecture: 'amd64',
    'os.version': '10.0.20348.1',
    'os.features': ['a', 'b']
  }

  test.each([
    ['a usual variant', { ...linux, variant: 'v1' }, linux],
    [
      'letter case',
      { os: 'Linux', architecture: 'ARM64', variant: 'V8' },
      { ...linux, architecture: 'arm64' }
    ],
    ['the order of features', { ...windows, 'os.features': ['b', 'a'] }, windows]
  ])('is the same whatever %s', (_what, one, other) => {
    expect(platformKey(one)).toBe(platformKey(other))
  })

  test.each([
    ['variant', { ...linux, variant: 'v3' }, linux],
    ['variant of an architecture without a usual one', { ...linux, architecture: 'constructor' }, linux],
    ['version of the system', { ...windows, 'os.version': '10.0.17763.1' }, windows],
    ['features', { ...windows, 'os.features': ['a'] }, windows]
  ])('differs by %s', (_what, one, other) => {
    expect(platformKey(one)).not.toBe(platformKey(other))
  })
})
