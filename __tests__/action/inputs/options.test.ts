/** Tests of reading the options: what may be moved, what the source must be, how the run is to go. */
import { describe, expect, test } from '@jest/globals'
import { Mistakes } from '../../../src/action/inputs/mistakes.ts'
import { type GivenOptions, readOptions } from '../../../src/action/inputs/options.ts'
import { type InputName, inputDefaults } from '../../../src/action/inputs/known-inputs.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'
import { otherDigest } from '../../../testing/samples.ts'

type Given = Partial<Record<InputName, string>>

/** Reads options; throws what is wrong with them. */
function optionsFrom(given: Given): GivenOptions {
  const mistakes = new Mistakes()
  const options = readOptions(name => given[name] ?? inputDefaults[name], mistakes)
  mistakes.throwAny()
  return options
}
const messageOf = (given: Given): string => errorThrownBy(() => optionsFrom(given))?.message ?? ''

describe('readOptions', () => {
  test('demands nothing, moves everything and restores where nothing is given', () => {
    expect(optionsFrom({})).toStrictEqual({
      request: {
        requirements: { platforms: [] },
        ifExists: [{ pattern: '*', value: 'move' }],
        ifMissing: 'fail',
        keepPrevious: [{ pattern: '*', value: 0 }],
        referrers: true
      },
      options: { dryRun: false, onFailure: 'restore', waitForSource: 0 }
    })
  })

  test.each([
    ['fail', [{ pattern: '*', value: 'fail' }]],
    [
      'latest=forward\nv*=fail',
      [
        { pattern: 'latest', value: 'forward' },
        { pattern: 'v*', value: 'fail' }
      ]
    ],
    ['# releases\n  v? = skip \n', [{ pattern: 'v?', value: 'skip' }]],
    [
      'a=move, b=skip',
      [
        { pattern: 'a', value: 'move' },
        { pattern: 'b', value: 'skip' }
      ]
    ],
    ['*=move', [{ pattern: '*', value: 'move' }]]
  ])('takes %j for if-exists', (text, rules) => {
    expect(optionsFrom({ 'if-exists': text }).request.ifExists).toStrictEqual(rules)
  })

  test.each([
    ['7', [{ pattern: '*', value: 7 }]],
    ['0', [{ pattern: '*', value: 0 }]],
    [
      'nightly=7\nedge=1',
      [
        { pattern: 'nightly', value: 7 },
        { pattern: 'edge', value: 1 }
      ]
    ]
  ])('takes %j for keep-previous', (text, rules) => {
    expect(optionsFrom({ 'keep-previous': text }).request.keepPrevious).toStrictEqual(rules)
  })

  test('takes a digest and platforms for the gate', () => {
    const gate = { 'expect-digest': otherDigest, 'require-platforms': 'linux/amd64, Linux/ARM64/v8' }
    expect(optionsFrom(gate).request.requirements).toStrictEqual({
      digest: otherDigest,
      platforms: ['linux/amd64', 'linux/arm64/v8']
    })
  })

  test('takes a duration for the wait', () => {
    expect(optionsFrom({ 'wait-for-source': '10m' }).options.waitForSource).toBe(600_000)
  })

  test.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['false', false],
    ['False', false],
    ['FALSE', false]
  ])('takes %s for dry-run', (text, dryRun) => {
    expect(optionsFrom({ 'dry-run': text }).options.dryRun).toBe(dryRun)
  })

  test('takes true and false for referrers', () => {
    expect(optionsFrom({ referrers: 'true' }).request.referrers).toBe(true)
    expect(optionsFrom({ referrers: 'false' }).request.referrers).toBe(false)
  })

  test.each(['fail', 'skip'] as const)('takes %s for if-missing', word => {
    expect(optionsFrom({ 'if-missing': word }).request.ifMissing).toBe(word)
  })

  test.each(['restore', 'leave'] as const)('takes %s for on-failure', word => {
    expect(optionsFrom({ 'on-failure': word }).options.onFailure).toBe(word)
  })
})

describe('readOptions refuses', () => {
  test.each<[keyof Given, string]>([
    ['if-exists', 'overwrite'],
    ['if-exists', 'Move'],
    ['if-exists', 'v*=fail\nskip'],
    ['if-exists', 'fail skip'],
    ['if-exists', 'v*=fail=skip'],
    ['if-exists', 'v*='],
    ['if-exists', '=fail'],
    ['if-exists', 'ghcr.io/acme/app:v*=fail'],
    ['keep-previous', 'many'],
    ['keep-previous', '-1'],
    ['keep-previous', '1.5'],
    ['keep-previous', '10000'],
    ['keep-previous', 'nightly=x'],
    ['expect-digest', 'sha256:12'],
    ['require-platforms', 'amd64'],
    ['wait-for-source', 'soon'],
    ['on-failure', 'revert'],
    ['if-missing', 'ignore'],
    ['referrers', ''],
    ['referrers', 'no'],
    ['dry-run', ''],
    ['dry-run', 'yes'],
    ['dry-run', '1'],
    ['dry-run', 'tRUE']
  ])('%s: %j', (input, text) => {
    expect(messageOf({ [input]: text })).toMatch(new RegExp(`^(?:2 mistakes.*\n)?${input}: `))
  })

  test('every mistake at once', () => {
    const lines = messageOf({
      'if-exists': 'a=b\nc=d',
      'require-platforms': 'x y',
      'dry-run': 'maybe'
    }).split('\n')
    expect(lines.slice(1).map(line => line.split(':')[0])).toStrictEqual([
      'require-platforms',
      'require-platforms',
      'if-exists',
      'if-exists',
      'dry-run'
    ])
  })
})
