/** Tests of downloading a blob: what is checked, and how it goes on after a break. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Descriptor } from '../../src/oci/descriptor.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { type BlobOrigin, MAXIMUM_BREAKS, downloadBlob } from '../../src/registry/downloads.ts'
import type { Response } from '../../src/registry/http/message.ts'
import { answerTo, requestTo } from './requests.ts'

const bytes = Buffer.from('the bytes of a layer')
const broken = new PromotionError('REGISTRY_UNAVAILABLE', 'the connection broke')

function descriptorOf(of: Uint8Array): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(of), size: of.length }
}

/** How an answer to a download goes. */
interface Delivery {
  /** 206 with a fitting range where it begins elsewhere than at the first byte, else 200. */
  readonly status?: number
  readonly range?: string
  readonly body: Uint8Array
  /** After the body. */
  readonly error?: unknown
}

interface Origin extends BlobOrigin {
  /** From where on it was asked, each time. */
  readonly asked: number[]
  readonly paused: number[]
  readonly cancelled: number[]
}

function originOf(blob: Descriptor, deliver: (start: number, attempt: number) => Delivery): Origin {
  const asked: number[] = []
  const paused: number[] = []
  const cancelled: number[] = []
  const fetch = (start: number): Promise<Response> => {
    asked.push(start)
    const { body, error, range, status = start === 0 ? 200 : 206 } = deliver(start, asked.length)
    const contentRange = range ?? `bytes ${start.toString()}-`
    const headers = status === 206 ? { 'content-range': contentRange } : {}
    const stream = {
      cancel: () => cancelled.push(start),
      [Symbol.asyncIterator]: async function* () {
        for (let at = 0; at < body.length; at += 3) yield await Promise.resolve(body.subarray(at, at + 3))
        if (error !== undefined) throw error as Error
      }
    }
    return Promise.resolve({
      ...answerTo(requestTo('https://registry.example/'), { status, headers }),
      stream
    })
  }
  const pause = (breaks: number): Promise<void> => {
    paused.push(breaks)
    return Promise.resolve()
  }
  return { blob, fetch, pause, asked, paused, cancelled }
}

async function read(origin: BlobOrigin, seen: Uint8Array[] = []): Promise<Buffer> {
  for await (const chunk of downloadBlob(origin)) seen.push(chunk)
  return Buffer.concat(seen)
}

describe('downloadBlob', () => {
  test('gives a blob as it is', async () => {
    const origin = originOf(descriptorOf(bytes), () => ({ body: bytes }))
    expect(await read(origin)).toEqual(bytes)
    expect(origin.asked).toEqual([0])
  })

  test('gives an empty blob', async () => {
    const empty = new Uint8Array()
    expect(await read(originOf(descriptorOf(empty), () => ({ body: empty })))).toHaveLength(0)
  })

  test.each([
    ['other bytes', Buffer.from('the bytes of a layeR')],
    ['fewer bytes', bytes.subarray(0, -1)],
    ['more bytes', Buffer.concat([bytes, Buffer.from('!')])],
    ['nothing', Buffer.alloc(0)]
  ])('refuses %s, and holds the last piece back', async (_what, body) => {
    const seen: Uint8Array[] = []
    const reading = read(
      originOf(descriptorOf(bytes), () => ({ body })),
      seen
    )
    await expect(reading).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    expect(Buffer.concat(seen).length).toBeLessThan(bytes.length)
  })

  test('refuses an empty blob of another digest', async () => {
    const wrong = { ...descriptorOf(bytes), size: 0 }
    const reading = read(originOf(wrong, () => ({ body: new Uint8Array() })))
    await expect(reading).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  test('resumes where it broke', async () => {
    const origin = originOf(descriptorOf(bytes), (start, attempt) =>
      attempt === 1 ? { body: bytes.subarray(0, 7), error: broken } : { body: bytes.subarray(start) }
    )
    expect(await read(origin)).toEqual(bytes)
    expect(origin.asked).toEqual([0, 7])
    expect(origin.paused).toEqual([1])
  })

  test('passes over what it has where the registry begins again', async () => {
    const origin = originOf(descriptorOf(bytes), (_start, attempt) =>
      attempt === 1 ? { body: bytes.subarray(0, 7), error: broken } : { status: 200, body: bytes }
    )
    expect(await read(origin)).toEqual(bytes)
    expect(origin.asked).toEqual([0, 7])
  })

  test.each(['bytes 6-19/20', 'bytes 70-89/90', 'bytes */20', ''])(
    'begins again where the registry answers with the range %p',
    async range => {
      const origin = originOf(descriptorOf(bytes), (start, attempt) => {
        if (attempt === 1) return { body: bytes.subarray(0, 7), error: broken }
        return start === 0 ? { body: bytes } : { range, body: Buffer.from('anything') }
      })
      expect(await read(origin)).toEqual(bytes)
      expect(origin.asked).toEqual([0, 7, 0])
      expect(origin.cancelled).toEqual([7])
    }
  )

  test('finds out that what came after a break does not fit', async () => {
    const origin = originOf(descriptorOf(bytes), (start, attempt) =>
      attempt === 1
        ? { body: bytes.subarray(0, 7), error: broken }
        : { body: Buffer.alloc(bytes.length - start) }
    )
    await expect(read(origin)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  test('is done when everything came before the break', async () => {
    const origin = originOf(descriptorOf(bytes), () => ({ body: bytes, error: broken }))
    expect(await read(origin)).toEqual(bytes)
    expect(origin).toMatchObject({ asked: [0], paused: [] })
  })

  test('gives every byte once, wherever it breaks', async () => {
    const breaks = fc.array(fc.integer({ min: 0, max: bytes.length - 1 }), { maxLength: MAXIMUM_BREAKS })
    await fc.assert(
      fc.asyncProperty(breaks, fc.boolean(), async (lengths, resumes) => {
        const origin = originOf(descriptorOf(bytes), (start, attempt) => {
          const body = resumes ? bytes.subarray(start) : bytes
          const length = lengths[attempt - 1]
          const status = resumes && start > 0 ? 206 : 200
          return length === undefined
            ? { status, body }
            : { status, body: body.subarray(0, length), error: broken }
        })
        expect(await read(origin)).toEqual(bytes)
      })
    )
  })

  test('ends when it breaks again and again', async () => {
    const origin = originOf(descriptorOf(bytes), () => ({ body: new Uint8Array(), error: broken }))
    await expect(read(origin)).rejects.toBe(broken)
    expect(origin.asked).toHaveLength(MAXIMUM_BREAKS + 1)
    expect(origin.paused).toEqual([1, 2, 3, 4])
  })

  test('does not go on after a refusal', async () => {
    const denied = new PromotionError('DENIED', 'no')
    const origin = {
      ...originOf(descriptorOf(bytes), () => ({ body: bytes })),
      fetch: () => Promise.reject(denied)
    }
    await expect(read(origin)).rejects.toBe(denied)
  })

  test('gives up the connection when its reader does', async () => {
    let isEnded = false
    const origin = originOf(descriptorOf(bytes), () => ({ body: bytes }))
    const fetch = async (start: number): Promise<Response> => {
      const { stream, ...response } = await origin.fetch(start)
      const watched = (async function* () {
        try {
          yield* stream ?? []
        } finally {
          isEnded = true
        }
      })()
      return { ...response, stream: Object.assign(watched, { cancel: () => undefined }) }
    }
    for await (const chunk of downloadBlob({ ...origin, fetch })) if (chunk.length > 0) break
    expect(isEnded).toBe(true)
  })
})
