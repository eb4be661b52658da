/** Tests of rotation: what the tags hold in the end, and that no image is lost on the way, wherever a run is cut off. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { previousTag } from '../../src/promotion/request.ts'
import { type Shift, rotate } from '../../src/promotion/rotation.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'
import { targetOf } from '../../testing/samples.ts'

type History = readonly (Digest | undefined)[]

const images = new Map(
  Array.from('SABCDEF', letter => [letter, digestOf(new TextEncoder().encode(letter))] as const)
)
const named = (letters: string): History => Array.from(letters, letter => images.get(letter))
const letterOf = (digest: Digest): string => [...images].find(([, each]) => each === digest)?.[0] ?? '?'

const bytes = new TextEncoder().encode('S')
const source = digestOf(bytes)
const wanted = { bytes, digest: source }

/** What the tags hold after some writes. */
function after(history: History, shifts: readonly Shift[]): History {
  return shifts.reduce<History>((tags, { number, digest }) => tags.with(number, digest), history)
}

/** What the tags hold when a run has come to its end: all shifts, and then the tag itself. */
function rotated(history: History): History {
  return after(history, rotate(wanted, history)).with(0, source)
}

/** Tags that hold anything, the source and gaps among it; the tag itself is there, for only a tag that moves is rotated. */
const histories = fc
  .tuple(
    fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'),
    fc.array(fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'S', '-'), { maxLength: 7 })
  )
  .map(([first, rest]) => named([first, ...rest].join('')))

describe('rotate', () => {
  test.each([
    ['a first night', 'A---', '1A'],
    ['a night in between', 'AB--', '2B 1A'],
    ['a full chain, whose oldest image falls away', 'ABCD', '3C 2B 1A'],
    ['one predecessor', 'AB', '1A'],
    ['no predecessor', 'A', ''],
    ['a run that was cut off after its first write', 'ABCC', '2B 1A'],
    ['a run that was cut off before its last write', 'AABC', ''],
    ['a source that is an earlier image', 'ABSD', '2B 1A'],
    ['a source that is the oldest image', 'ABCS', '3C 2B 1A'],
    ['a gap, which the images after it need not fill', 'A-BC', '1A'],
    ['a wide gap, which is closed first', 'A---BC', '2B 3C 1A'],
    ['the same images twice', 'AABB', '']
  ])('%s', (_what, letters, expected) => {
    const writes = rotate(wanted, named(letters)).map(
      ({ number, digest }) => `${number.toString()}${letterOf(digest)}`
    )
    expect(writes.join(' ')).toBe(expected)
  })

  test('makes of the tags the list: source, then what they held, each image once', () => {
    fc.assert(
      fc.property(histories, history => {
        const held = history.filter(digest => digest !== undefined)
        const wanted = [...new Set([source, ...held])].slice(0, history.length)
        expect(rotated(history).slice(0, wanted.length)).toStrictEqual(wanted)
      })
    )
  })

  test('leaves every image that stays under some tag, wherever the run is cut off', () => {
    fc.assert(
      fc.property(histories, history => {
        const staying = rotated(history).filter(digest => digest !== source && history.includes(digest))
        const shifts = rotate(wanted, history)
        for (const done of shifts.keys())
          expect(after(history, shifts.slice(0, done))).toStrictEqual(expect.arrayContaining([...staying]))
        expect(after(history, shifts)).toStrictEqual(expect.arrayContaining([...staying]))
      })
    )
  })

  test('lets no image fall away but the oldest, and only when the tags are full', () => {
    fc.assert(
      fc.property(histories, history => {
        const held = new Set(history.filter(digest => digest !== undefined && digest !== source))
        const stays = rotated(history).filter(digest => held.has(digest))
        expect(new Set(stays)).toStrictEqual(new Set([...held].slice(0, history.length - 1)))
      })
    )
  })

  test('comes to the same end when a run that was cut off anywhere is run again', () => {
    fc.assert(
      fc.property(histories, history => {
        const shifts = rotate(wanted, history)
        for (const done of shifts.keys()) {
          const resumed = rotated(after(history, shifts.slice(0, done)))
          const whole = rotated(history)
          const distinct = new Set(whole).size
          expect(resumed.slice(0, distinct)).toStrictEqual(whole.slice(0, distinct))
        }
      })
    )
  })

  test('has nothing to do a second time', () => {
    fc.assert(
      fc.property(histories, history => {
        const once = rotated(history)
        expect(rotate(wanted, once)).toStrictEqual([])
      })
    )
  })

  test('writes each tag once, and the tag itself never', () => {
    fc.assert(
      fc.property(histories, history => {
        const numbers = rotate(wanted, history).map(({ number }) => number)
        expect(new Set(numbers).size).toBe(numbers.length)
        expect(numbers).not.toContain(0)
      })
    )
  })
})

describe('previousTag', () => {
  test('appends the number', () => {
    expect(previousTag(targetOf('nightly'), 3)).toStrictEqual(targetOf('nightly-3'))
  })

  test('refuses a name that is too long', () => {
    expect(codeThrownBy(() => previousTag(targetOf('n'.repeat(127)), 1))).toBe('REFERENCE_INVALID')
  })
})
