/** Tests of cutting a stream into slices. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Slicer } from '../../src/registry/chunker.ts'

async function* streamOf(pieces: readonly Uint8Array[], ended?: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (const piece of pieces) yield await Promise.resolve(piece)
  } finally {
    ended?.()
  }
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('Slicer', () => {
  test('gives every byte once and in order, however the stream and the slices are cut', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 9 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 20 }), async (stream, length) => {
        const whole = Buffer.concat(stream)
        const slicer = new Slicer(streamOf(stream))
        for (let start = 0; start < whole.length; start += length)
          expect(await collect(slicer.take(length))).toEqual(whole.subarray(start, start + length))
        expect(await collect(slicer.take(length))).toEqual(Buffer.alloc(0))
      })
    )
  })

  test('reads no further than it has to', async () => {
    let read = 0
    const pieces = streamOf([Buffer.from('ab'), Buffer.from('cd'), Buffer.from('ef')])
    const counted = (async function* () {
      for await (const piece of pieces) {
        read++
        yield piece
      }
    })()
    await collect(new Slicer(counted).take(3))
    expect(read).toBe(2)
  })

  test('gives up the rest of the stream', async () => {
    let isEnded = false
    const slicer = new Slicer(streamOf([Buffer.from('ab'), Buffer.from('cd')], () => (isEnded = true)))
    await collect(slicer.take(1))
    await slicer.close()
    expect(isEnded).toBe(true)
  })
})
