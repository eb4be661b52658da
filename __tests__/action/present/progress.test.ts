/** Tests of telling how far copies are. */
import { describe, expect, test } from '@jest/globals'
import { PROGRESS_INTERVAL, telling } from '../../../src/action/present/progress.ts'
import type { Descriptor } from '../../../src/oci/descriptor.ts'
import { digestOf } from '../../../src/oci/digest.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import type { CopyEvent } from '../../../src/promote/ports.ts'

const MEGABYTE = 1_000_000
const { repository } = parseReference('one.example/app:1')
const blob: Descriptor = { mediaType: 'x', digest: digestOf(new Uint8Array()), size: 5 * MEGABYTE }

function placed(how: 'mounted' | 'copied'): CopyEvent {
  return { kind: 'placed', placement: { from: repository, to: repository, blob }, how }
}

/** Tells events, each so many seconds after the one before, and gives the lines. */
function linesOf(...events: readonly (readonly [seconds: number, event: CopyEvent])[]): string[] {
  const lines: string[] = []
  let clock = 0
  const tell = telling({ say: line => lines.push(line), now: () => clock })
  for (const [seconds, event] of events) {
    clock += seconds * 1000
    tell(event)
  }
  return lines
}

const begun: CopyEvent = { kind: 'begun', blobs: 4, bytes: 20 * MEGABYTE }
const bytes = (count: number): CopyEvent => ({ kind: 'bytes', count })

test('the interval is five seconds', () => {
  expect(PROGRESS_INTERVAL).toBe(5_000)
})

describe('telling', () => {
  test('says nothing of copies that are done in no time', () => {
    expect(linesOf([9, begun], [1, bytes(5 * MEGABYTE)], [1, placed('copied')])).toStrictEqual([])
  })

  test('says every five seconds how far it is', () => {
    expect(
      linesOf(
        [9, begun],
        [4, bytes(5 * MEGABYTE)],
        [0, placed('copied')],
        [1, bytes(3 * MEGABYTE)],
        [4, bytes(MEGABYTE)],
        [1, bytes(MEGABYTE)]
      )
    ).toStrictEqual(['  1 of 4 blobs, 8.0 MB of 20 MB, 1.6 MB/s', '  1 of 4 blobs, 10 MB of 20 MB, 1.0 MB/s'])
  })

  test('counts what is mounted as done, and not into the rate', () => {
    expect(linesOf([0, begun], [0, placed('mounted')], [5, bytes(5 * MEGABYTE)])).toStrictEqual([
      '  1 of 4 blobs, 10 MB of 20 MB, 1.0 MB/s'
    ])
  })

  test('takes back what has to be sent again', () => {
    expect(linesOf([0, begun], [1, bytes(8 * MEGABYTE)], [4, bytes(-8 * MEGABYTE)])).toStrictEqual([
      '  0 of 4 blobs, 0 bytes of 20 MB, 0 bytes/s'
    ])
  })
})
