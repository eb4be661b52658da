/** Tests of bodies that stream in through the transport: whole, broken, stalled, left. */
import { describe, expect, test } from '@jest/globals'
import type { BodyStream, Request, Response } from '../../../src/registry/http/message.ts'
import { openScript, openTransport } from '../opened.ts'
import { requestTo } from '../requests.ts'
import { PIECE, bytesOf, serve, signal } from '../streams.ts'

const patient = { idle: 20_000, total: 20_000 }

function download(url: string, rest: Partial<Request> = {}): Request {
  return requestTo(url, { streamed: true, ...rest })
}

function streamIn({ stream }: Response): BodyStream {
  if (stream === undefined) throw new Error('there is no stream')
  return stream
}

describe('a streamed download', () => {
  test('gives the bytes as they are, with the head of the answer', async () => {
    const body = Buffer.concat([PIECE, PIECE, Buffer.from('end')])
    const server = await openScript([{ method: 'GET', path: '/', answer: { body, headers: { etag: 'x' } } }])
    const response = await openTransport().send(download(`${server.base}/`))
    expect(response).toMatchObject({ status: 200, headers: { etag: 'x' }, truncated: false })
    expect(response.body).toHaveLength(0)
    expect(await bytesOf(response.stream)).toEqual(body)
  })

  test('lets the connection be used again when it was read to its end', async () => {
    const server = await openScript([{ method: 'GET', path: '/', answer: { body: PIECE }, times: 3 }])
    const { send } = openTransport()
    for (let time = 0; time < 3; time++) await bytesOf((await send(download(`${server.base}/`))).stream)
    expect(server.connections).toBe(1)
  })

  test.each([404, 500, 307, 204])('does not stream an answer of status %d', async status => {
    const body = status === 204 ? '' : 'why'
    const server = await openScript([{ method: 'GET', path: '/', answer: { status, body } }])
    const response = await openTransport().send(download(`${server.base}/`))
    expect(response.stream).toBeUndefined()
    expect(Buffer.from(response.body).toString()).toBe(body)
  })

  test('streams a part that was asked for', async () => {
    const server = await openScript([{ method: 'GET', path: '/', answer: { status: 206, body: 'part' } }])
    const { stream } = await openTransport().send(download(`${server.base}/`))
    expect((await bytesOf(stream)).toString()).toBe('part')
  })

  test.each([
    { how: 'breaks off', fault: 'truncate', code: 'REGISTRY_UNAVAILABLE', deadline: patient },
    { how: 'stalls', fault: 'stall-body', code: 'TIMED_OUT', deadline: { idle: 1000, total: 20_000 } },
    { how: 'drips on for ever', fault: 'drip', code: 'TIMED_OUT', deadline: { idle: 20_000, total: 200 } }
  ] as const)('fails when it $how', async ({ fault, code, deadline }) => {
    const server = await openScript([{ method: 'GET', path: '/', answer: { body: 'ab'.repeat(99), fault } }])
    const response = await openTransport(deadline).send(download(`${server.base}/`, { limit: 200 }))
    await expect(bytesOf(response.stream)).rejects.toMatchObject({ code })
  })

  test('may take longer than any other answer when it is large', async () => {
    const server = await openScript([{ method: 'GET', path: '/', answer: { body: 'ab', fault: 'drip' } }])
    const gigabyte = 1024 ** 3
    const { send } = openTransport({ idle: 20_000, total: 1 })
    const response = await send(download(`${server.base}/`, { limit: gigabyte }))
    let pieces = 0
    for await (const piece of streamIn(response)) if (piece.length > 0 && ++pieces === 10) break
    expect(pieces).toBe(10)
  })

  test('is not timed while its reader has other work', async () => {
    const server = await openScript([
      { method: 'GET', path: '/', answer: { body: Buffer.concat([PIECE, PIECE]) } }
    ])
    const response = await openTransport({ idle: 400, total: 20_000 }).send(download(`${server.base}/`))
    const stream = streamIn(response)
    await new Promise(resolve => setTimeout(resolve, 900))
    let size = 0
    for await (const piece of stream) {
      if (size === 0) await new Promise(resolve => setTimeout(resolve, 900))
      size += piece.length
    }
    expect(size).toBe(2 * PIECE.length)
  })

  const leaving = [
    {
      how: 'its reader breaks off',
      leave: async (stream: BodyStream) => {
        for await (const piece of stream) if (piece.length > 0) break
      }
    },
    {
      how: 'it is cancelled unread',
      leave: (stream: BodyStream) => {
        stream.cancel()
        return Promise.resolve()
      }
    }
  ]

  test.each(leaving)('closes the connection when $how', async ({ leave }) => {
    const closed = signal<undefined>()
    const url = await serve((_request, response) => {
      response.on('close', closed.give)
      response.write(PIECE)
    })
    await leave(streamIn(await openTransport().send(download(url))))
    await closed.given
  })
})
