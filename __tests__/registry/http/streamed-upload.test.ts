/** Tests of bodies that stream out through the transport: whole, refused, broken, stalled. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { BodySource, Request } from '../../../src/registry/http/message.ts'
import { openScript, openTransport } from '../opened.ts'
import { requestTo } from '../requests.ts'
import { PIECE, bytesOf, serve, signal } from '../streams.ts'

const patient = { idle: 20_000, total: 20_000 }

interface Source extends BodySource {
  /** How many pieces were read. */
  read: number
  /** Settled when it is closed, read to its end or not. */
  readonly closed: Promise<unknown>
}

/** A source of some pieces. */
function sourceOf(pieces: number): Source {
  const closed = signal<undefined>()
  const source: Source = {
    length: pieces * PIECE.length,
    read: 0,
    closed: closed.given,
    open: async function* () {
      try {
        for (; source.read < pieces; source.read++) yield await Promise.resolve(PIECE)
      } finally {
        closed.give(undefined)
      }
    }
  }
  return source
}

describe('a streamed upload', () => {
  const upload = (url: string, body: BodySource): Request => requestTo(url, { method: 'PUT', body })

  test('sends the bytes as they are, with their length', async () => {
    const received: { body?: Buffer; length?: string } = {}
    const url = await serve((request, response) => {
      void bytesOf(request).then(body => {
        Object.assign(received, { body, length: request.headers['content-length'] })
        response.writeHead(201).end()
      })
    })
    const source = sourceOf(5)
    expect(await openTransport().send(upload(url, source))).toMatchObject({ status: 201 })
    expect(received.body).toEqual(Buffer.concat(Array.from({ length: 5 }, () => PIECE)))
    expect(received.length).toBe(source.length.toString())
    await source.closed
  })

  test('reads no further ahead than the other side takes', async () => {
    const source = sourceOf(2000)
    const server = await openScript([{ method: 'PUT', path: '/', answer: { fault: 'stall' } }])
    const sent = openTransport({ idle: 300, total: 20_000 }).send(upload(`${server.base}/`, source))
    await expect(sent).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(source.read).toBeLessThan(2000)
    await source.closed
  })

  test.each([401, 413, 500])('stops when the answer is %d before everything was sent', async status => {
    const url = await serve((_request, response) => {
      response.writeHead(status).end('no')
    })
    const source = sourceOf(2000)
    expect(await openTransport().send(upload(url, source))).toMatchObject({ status })
    expect(source.read).toBeLessThan(2000)
    await source.closed
  })

  test('ends with the error of its source, and without a complete request', async () => {
    const begun = signal<Uint8Array>()
    const ended = signal<boolean>()
    const url = await serve(request => {
      request.on('error', () => undefined).on('data', begun.give)
      request.on('close', () => {
        ended.give(request.complete)
      })
    })
    const mismatch = new PromotionError('DIGEST_MISMATCH', 'other bytes')
    const source: BodySource = {
      length: 2 * PIECE.length,
      open: async function* () {
        yield PIECE
        await begun.given
        throw mismatch
      }
    }
    await expect(openTransport().send(upload(url, source))).rejects.toBe(mismatch)
    expect(await ended.given).toBe(false)
  })

  test('ends when the connection does', async () => {
    const server = await openScript([{ method: 'PUT', path: '/', answer: { fault: 'reset' } }])
    const source = sourceOf(2000)
    const sent = openTransport(patient).send(upload(`${server.base}/`, source))
    await expect(sent).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    await source.closed
  })

  test('is not timed while its source has nothing to give', async () => {
    const url = await serve((request, response) => {
      request.on('end', () => response.writeHead(201).end()).resume()
    })
    const slow: BodySource = {
      length: 2,
      open: async function* () {
        yield Buffer.from('a')
        await new Promise(resolve => setTimeout(resolve, 900))
        yield Buffer.from('b')
      }
    }
    expect(await openTransport({ idle: 400, total: 20_000 }).send(upload(url, slow))).toMatchObject({
      status: 201
    })
  })

  test('gives the registry more time than any other request to judge what it got', async () => {
    const url = await serve((request, response) => {
      request.on('end', () => setTimeout(() => response.writeHead(201).end(), 900)).resume()
    })
    const { send } = openTransport({ idle: 400, total: 20_000 })
    expect(await send(upload(url, sourceOf(64)))).toMatchObject({ status: 201 })
    await expect(send(requestTo(url, { method: 'PUT', body: PIECE }))).rejects.toMatchObject({
      code: 'TIMED_OUT'
    })
  })

  test('flows from one server to another without being held', async () => {
    const from = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 * PIECE.length })
      for (let piece = 0; piece < 100; piece++) response.write(PIECE)
      response.end()
    })
    const to = await serve((request, response) => {
      void bytesOf(request).then(({ length }) => response.writeHead(201).end(length.toString()))
    })
    const { send } = openTransport()
    const { stream } = await send(requestTo(from, { streamed: true }))
    const body = { length: 100 * PIECE.length, open: () => stream ?? sourceOf(0).open() }
    expect(Buffer.from((await send(upload(to, body))).body).toString()).toBe((100 * PIECE.length).toString())
  })
})
