/** Tests of sending a blob to an open upload: at once, or in chunks. */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digester.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { type UploadContent, isTaken, openedUpload, upload } from '../../src/registry/uploads.ts'
import type { Access, Request, Response, Send } from '../../src/registry/http/message.ts'
import { type Answered, answerTo, requestTo } from './requests.ts'
import { bytesOf } from './streams.ts'

const MEBIBYTE = 1024 * 1024
const CHUNK = 32 * MEBIBYTE
const access: Access = {
  repository: parseReference('registry.example/acme/app:1').repository,
  actions: ['push']
}
const opening = requestTo('https://registry.example/v2/acme/app/blobs/uploads/', { method: 'POST', access })

/** What was sent: one line a request. */
interface Sent {
  readonly line: string
  readonly size: number
  readonly request: Request
}

/** A registry that reads what it is sent and answers by a script, at the end as it likes. */
function registry(...answers: readonly Answered[]): { send: Send; sent: Sent[]; bytes: () => Buffer } {
  const sent: Sent[] = []
  const received: Uint8Array[] = []
  const send = async (request: Request): Promise<Response> => {
    const { method, url, headers, body } = request
    const bytes = body instanceof Uint8Array ? body : await bytesOf(body?.open())
    received.push(bytes)
    const range = headers['content-range'] === undefined ? '' : ` ${headers['content-range']}`
    sent.push({ line: `${method} ${url.pathname}${url.search}${range}`, size: bytes.length, request })
    return answerTo(request, answers[sent.length - 1] ?? { status: 201 })
  }
  return { send, sent, bytes: () => Buffer.concat(received) }
}

function contentOf(
  bytes: Uint8Array,
  chunked = false
): UploadContent & { opened: () => number; closed: () => number } {
  let opened = 0
  let closed = 0
  const open = async function* (): AsyncGenerator<Uint8Array> {
    opened++
    try {
      for (let at = 0; at < bytes.length; at += MEBIBYTE)
        yield await Promise.resolve(bytes.subarray(at, at + MEBIBYTE))
    } finally {
      closed++
    }
  }
  const blob = { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length }
  return { blob, source: { length: bytes.length, open }, chunked, opened: () => opened, closed: () => closed }
}

function openedWith(headers: Record<string, string> = {}): ReturnType<typeof openedUpload> {
  return openedUpload(
    opening,
    answerTo(opening, { status: 202, headers: { location: '/up/1?_state=a', ...headers } })
  )
}

test('an upload on another host says that the registry named it', async () => {
  const { send, sent } = registry()
  await upload(send, openedWith({ location: 'https://storage.example/1' }), contentOf(Buffer.from('x')))
  expect(sent[0]?.request).toMatchObject({ namedBy: opening.url })
  expect(sent[0]?.request.access).toBeUndefined()
})

describe('openedUpload', () => {
  test.each([
    [{}, undefined],
    [{ 'oci-chunk-min-length': '5242880' }, CHUNK],
    [{ 'oci-chunk-min-length': (64 * MEBIBYTE).toString() }, 64 * MEBIBYTE],
    [{ 'oci-chunk-max-length': '100000000' }, CHUNK],
    [{ 'oci-chunk-min-length': '1024', 'oci-chunk-max-length': MEBIBYTE.toString() }, MEBIBYTE],
    [{ 'oci-chunk-max-length': (MEBIBYTE - 1).toString() }, undefined],
    [{ 'oci-chunk-max-length': '1' }, undefined],
    [{ 'oci-chunk-min-length': 'nonsense' }, CHUNK],
    [{ 'oci-chunk-max-length': '-5' }, CHUNK]
  ])('reads from %p how large a chunk may be', (headers, chunk) => {
    expect(openedWith(headers).chunk).toBe(chunk)
  })
})

describe('isTaken', () => {
  test.each([200, 201, 202, 204])('takes %d for a success', status => {
    expect(isTaken(answerTo(opening, { status }))).toBe(true)
  })

  test.each([301, 400, 401, 404, 413, 416, 500])('takes %d for none', status => {
    expect(isTaken(answerTo(opening, { status }))).toBe(false)
  })
})

describe('upload', () => {
  const small = Buffer.from('a small layer')
  const large = Buffer.alloc(CHUNK * 2 + 5)

  test.each([
    ['small', small],
    ['large', large],
    ['empty', Buffer.alloc(0)]
  ])('sends a %s blob at once, and keeps the query of the location', async (_what, bytes) => {
    const { send, sent, bytes: received } = registry()
    const content = contentOf(bytes)
    expect(await upload(send, openedWith(), content)).toMatchObject({ status: 201 })
    expect(sent.map(({ line }) => line)).toEqual([`PUT /up/1?_state=a&digest=${content.blob.digest}`])
    expect(sent[0]?.request).toMatchObject({
      access,
      headers: { 'content-type': 'application/octet-stream' },
      body: { length: bytes.length }
    })
    expect(received().equals(bytes)).toBe(true)
  })

  test('sends chunks where the registry asks for them', async () => {
    const { send, sent, bytes } = registry(
      { status: 202, headers: { location: '/up/2' } },
      { status: 201 },
      { status: 204, headers: { location: '/up/3?x' } }
    )
    const content = contentOf(large)
    expect(await upload(send, openedWith({ 'oci-chunk-min-length': '1' }), content)).toMatchObject({
      status: 201
    })
    expect(sent.map(({ line }) => line)).toEqual([
      `PATCH /up/1?_state=a 0-${(CHUNK - 1).toString()}`,
      `PATCH /up/2 ${CHUNK.toString()}-${(2 * CHUNK - 1).toString()}`,
      `PATCH /up/2 ${(2 * CHUNK).toString()}-${(2 * CHUNK + 4).toString()}`,
      `PUT /up/3?x&digest=${content.blob.digest}`
    ])
    expect(sent.map(({ size }) => size)).toEqual([CHUNK, CHUNK, 5, 0])
    expect(bytes().equals(large)).toBe(true)
    expect([content.opened(), content.closed()]).toEqual([1, 1])
  })

  test('sends chunks when told to', async () => {
    const { send, sent } = registry({ status: 202 }, { status: 202 }, { status: 202 })
    await upload(send, openedWith(), contentOf(large, true))
    expect(sent).toHaveLength(4)
  })

  test('sends at once what fits into a chunk', async () => {
    const { send, sent } = registry()
    await upload(send, openedWith({ 'oci-chunk-min-length': '5242880' }), contentOf(small, true))
    expect(sent).toHaveLength(1)
  })

  test('ends at the first chunk that is not taken, and gives up the rest', async () => {
    const { send, sent } = registry({ status: 202 }, { status: 416 })
    const content = contentOf(large, true)
    expect(await upload(send, openedWith(), content)).toMatchObject({ status: 416 })
    expect(sent).toHaveLength(2)
    expect(content.closed()).toBe(1)
  })

  test('does not send a chunk twice, whatever layer below wants to repeat it', async () => {
    const repeating: Send = async request => {
      if (!(request.body instanceof Uint8Array)) {
        await bytesOf(request.body?.open())
        await bytesOf(request.body?.open())
      }
      return answerTo(request, { status: 202 })
    }
    const content = contentOf(large, true)
    await expect(upload(repeating, openedWith(), content)).rejects.toThrow(PromotionError)
    expect(content.closed()).toBe(1)
  })

  test('shows no credential to another origin', async () => {
    const { send, sent } = registry()
    await upload(send, openedWith({ location: 'https://storage.example/up?sig=x' }), contentOf(small))
    expect(sent[0]?.request.url.origin).toBe('https://storage.example')
    expect(sent[0]?.request.access).toBeUndefined()
  })
})
