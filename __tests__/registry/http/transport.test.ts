/** Tests of what is sent and received, over connections on loopback. */
import { describe, expect, test } from '@jest/globals'
import { createServer } from 'node:http'
import { MAXIMUM_ERROR_BYTES } from '../../../src/registry/http/exchange.ts'
import { MAXIMUM_SOCKETS } from '../../../src/registry/http/pool.ts'
import { makeCertificate } from '../../../testing/certificate.ts'
import { listen } from '../../../testing/loopback.ts'
import { startTlsFront } from '../../../testing/tls-front.ts'
import { openRegistry, openScript, openTransport, opened } from '../opened.ts'
import { requestTo } from '../requests.ts'

const page = '/v2/a/manifests/1'
const never = 600_000

describe('a request', () => {
  test('is sent with its method, query and headers, and names host and program', async () => {
    const server = await openScript([{ method: 'HEAD', path: '/a?b=c%20d&e', answer: {} }])
    const headers = { accept: 'text/plain', authorization: 'Bearer t' }
    await openTransport().send(requestTo(`${server.base}/a?b=c%20d&e`, { method: 'HEAD', headers }))
    const [request] = server.requests
    expect(request?.headers).toMatchObject({ ...headers, host: server.host, 'user-agent': 'retag' })
    expect(request?.headers).not.toHaveProperty('content-length')
    expect(request?.headers).not.toHaveProperty('transfer-encoding')
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0xff, 0x00, 0xfe, 0x0d, 0x0a, 0xc3])],
    ['text with a byte order mark', Buffer.from('\uFEFF{"a":"ä"}\r\n')],
    ['4 MiB', Buffer.alloc(4 * 1024 * 1024, 'läßt')]
  ])('uploads %s as it is, with its length and in no chunks', async (_what, body) => {
    const registry = await openRegistry()
    const headers = { 'content-type': 'application/x-test' }
    const upload = requestTo(registry.base + page, { method: 'PUT', headers, body })
    expect(await openTransport().send(upload)).toMatchObject({ status: 201 })
    expect(registry.log[0]?.headers).toMatchObject({ ...headers, 'content-length': body.length.toString() })
    expect(registry.log[0]?.headers).not.toHaveProperty('transfer-encoding')
    const [stored] = registry.store.get('a')?.manifests.values() ?? []
    expect(Buffer.compare(stored?.bytes ?? Buffer.from('none'), body)).toBe(0)
  })
})

test.each(['blob:http://localhost/x', 'file:///etc/passwd'])('a request to %s is not sent', async url => {
  await expect(openTransport().send(requestTo(url))).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
    message: expect.stringContaining('is not HTTP')
  })
})

describe('an answer', () => {
  test('is handed on with status, headers and bytes, and where it came from', async () => {
    const body = Buffer.from([0xff, 0x00, 0xfe, 0x0a])
    const headers = {
      'X-Upper': 'A',
      Warning: ['299 - "a"', '299 - "b"'],
      'WWW-Authenticate': ['Bearer realm="/t"', 'Basic realm="r"'],
      'Set-Cookie': ['a=1', 'b=2']
    }
    const server = await openScript([{ method: 'GET', path: page, answer: { status: 201, headers, body } }])
    const response = await openTransport().send(requestTo(server.base + page))
    expect(response).toMatchObject({ status: 201, truncated: false, url: new URL(server.base + page) })
    expect(response.headers).toMatchObject({
      'x-upper': 'A',
      warning: '299 - "a", 299 - "b"',
      'www-authenticate': 'Bearer realm="/t", Basic realm="r"',
      'set-cookie': 'a=1, b=2',
      'content-length': '4'
    })
    expect(Buffer.from(response.body)).toEqual(body)
  })

  test.each([
    ['is read to its limit', 200, 10, 10],
    ['beyond its limit is cut', 200, 9, 9],
    ['with an error status is read to 8 KiB', 404, 1, 10]
  ])('%s', async (_what, ...[status, limit, length]) => {
    const server = await openScript([{ method: 'GET', path: page, answer: { status, body: '0123456789' } }])
    const { body, truncated } = await openTransport().send(requestTo(server.base + page, { limit }))
    expect([Buffer.from(body).toString(), truncated]).toEqual(['0123456789'.slice(0, length), length < 10])
  })

  test.each([
    [200, 100_000],
    [500, MAXIMUM_ERROR_BYTES]
  ])('of status %i that never ends is cut at %i bytes', async (status, size) => {
    const answer = { status, body: 'x'.repeat(1000), fault: 'endless' } as const
    const server = await openScript([{ method: 'GET', path: page, answer }])
    const response = await openTransport().send(requestTo(server.base + page, { limit: 100_000 }))
    expect([response.body.length, response.truncated]).toEqual([size, true])
  })

  test('to HEAD has no body, whatever length it names', async () => {
    const answer = { headers: { 'content-length': '1234' } }
    const server = await openScript([{ method: 'HEAD', path: page, answer, times: 2 }])
    const { send } = openTransport()
    for (let time = 0; time < 2; time++) {
      const response = await send(requestTo(server.base + page, { method: 'HEAD' }))
      expect(response).toMatchObject({ body: Buffer.alloc(0), truncated: false })
    }
  })
})

describe('connections', () => {
  test('are kept and used again', async () => {
    const server = await openScript([
      { method: 'GET', path: '/ok', answer: { body: 'x' }, times: 3 },
      { method: 'GET', path: '/absent', answer: { status: 404, body: 'x' }, times: 3 }
    ])
    const { send } = openTransport()
    for (const path of ['/ok', '/absent', '/ok', '/absent', '/ok', '/absent'])
      await send(requestTo(server.base + path))
    expect(server.connections).toBe(1)
  })

  test('are at most 32 to one origin, however many requests there are', async () => {
    const waiting: (() => void)[] = []
    let connections = 0
    const server = createServer((_, response) => {
      waiting.push(() => response.end('x'))
      // Answers to none before as many wait as may wait.
      if (waiting.length === MAXIMUM_SOCKETS) for (const answer of waiting.splice(0)) answer()
    }).on('connection', () => connections++)
    const { host } = opened(await listen(server))
    const { send } = openTransport()
    const count = 4 * MAXIMUM_SOCKETS
    const answers = await Promise.all(
      Array.from({ length: count }, (_, id) => send(requestTo(`http://${host}/${id.toString()}`)))
    )
    expect([answers.length, connections, MAXIMUM_SOCKETS]).toEqual([count, 32, 32])
  })

  test('to several origins are kept apart, also where one speaks TLS', async () => {
    const [one, other] = [await openScript(once('/one')), await openScript(once('/other'))]
    const front = opened(await startTlsFront(one.host, await makeCertificate('localhost')))
    const { send } = openTransport()
    await expect(send(requestTo(`https://${front.host}/`))).rejects.toMatchObject({
      message: expect.stringContaining('certificate')
    })
    expect(await send(requestTo(`${one.base}/one`))).toMatchObject({ status: 200 })
    expect(await send(requestTo(`${other.base}/other`))).toMatchObject({ status: 200 })
  })

  test('end with the transport', async () => {
    const stalled = await openScript([{ method: 'GET', path: page, answer: { fault: 'stall' } }])
    const pool = openTransport()
    const sent = pool.send(requestTo(stalled.base + page)).catch((error: unknown) => error)
    while (stalled.requests.length === 0) await new Promise(setImmediate)
    pool.close()
    expect(await sent).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })

  test('are not opened after the end, for requests that waited for one', async () => {
    let asked = 0
    const server = createServer(() => asked++)
    const { host } = opened(await listen(server))
    const pool = openTransport()
    const sent = Array.from({ length: MAXIMUM_SOCKETS + 4 }, () => pool.send(requestTo(`http://${host}/`)))
    while (asked < MAXIMUM_SOCKETS) await new Promise(setImmediate)
    pool.close()
    for (const result of await Promise.allSettled([...sent, pool.send(requestTo(`http://${host}/`))]))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'REGISTRY_UNAVAILABLE' } })
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(asked).toBe(MAXIMUM_SOCKETS)
  })
})

describe('the deadline', () => {
  test.each([
    ['the server never answers', { fault: 'stall' }],
    ['the body stops', { body: '0123456789', fault: 'stall-body' }],
    ['the body of an error stops', { status: 500, body: '0123456789', fault: 'stall-body' }]
  ] as const)('ends an exchange where %s', async (_what, answer) => {
    const server = await openScript([{ method: 'GET', path: page, answer, times: 'any' }])
    const { send } = openTransport({ idle: 50, total: never })
    await expect(send(requestTo(server.base + page))).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: `GET ${server.base}${page}: no answer for 0.05 s`
    })
  })

  test('ends an exchange whose body drips on and on', async () => {
    const server = await openScript([
      { method: 'GET', path: page, answer: { body: 'x', fault: 'drip' }, times: 'any' }
    ])
    const { send } = openTransport({ idle: never, total: 100 })
    await expect(send(requestTo(server.base + page))).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('not finished after 0.1 s')
    })
  })

  test('ends an upload that the server does not read', async () => {
    const server = await openScript([{ method: 'PUT', path: page, answer: { fault: 'stall' }, times: 'any' }])
    const { send } = openTransport({ idle: 50, total: never })
    const body = Buffer.alloc(64 * 1024 * 1024)
    const sent = send(requestTo(server.base + page, { method: 'PUT', body }))
    await expect(sent).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })

  test('ends requests that wait for a connection', async () => {
    const answer = { fault: 'stall' } as const
    const stalled = await openScript([{ method: 'GET', path: page, answer, times: 'any' }])
    const { send } = openTransport({ idle: 200, total: never })
    const sent = Array.from({ length: MAXIMUM_SOCKETS + 4 }, () => send(requestTo(stalled.base + page)))
    for (const result of await Promise.allSettled(sent))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'TIMED_OUT' } })
  })

  test('leaves the next exchange alone', async () => {
    const server = await openScript([
      { method: 'GET', path: '/stalled', answer: { fault: 'stall' }, times: 'any' },
      { method: 'GET', path: '/next', answer: { body: 'here' } }
    ])
    await expect(
      openTransport({ idle: 50, total: never }).send(requestTo(`${server.base}/stalled`))
    ).rejects.toMatchObject({ code: 'TIMED_OUT' })
    expect(await openTransport().send(requestTo(`${server.base}/next`))).toMatchObject({ status: 200 })
  })
})

test.each(['GET', 'PUT'] as const)(
  '101 to %s, which nobody asked for, ends the exchange at once',
  async method => {
    const body = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'
    const server = await openScript([{ method, path: page, answer: { fault: 'raw', body } }])
    const { send } = openTransport({ idle: never, total: never })
    const request = requestTo(server.base + page, {
      method,
      ...(method === 'PUT' && { body: Buffer.from('{}') })
    })
    await expect(send(request)).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: `${method} ${server.base}${page}: it switches to another protocol (101), which was not requested`
    })
  }
)

function once(path: string): Parameters<typeof openScript>[0] {
  return [{ method: 'GET', path, answer: {} }]
}
