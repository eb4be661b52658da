/** Tests of connections that are opened before there is anything to send. */
import { describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { Agent, get } from 'node:https'
import { type LookupFunction, type Socket, connect } from 'node:net'
import { Addresses } from '../../../src/registry/http/addresses.ts'
import { EarlyConnections } from '../../../src/registry/http/early-connections.ts'
import { MAXIMUM_SOCKETS } from '../../../src/registry/http/pool.ts'
import { Preconnector } from '../../../src/registry/http/preconnect.ts'
import type { Transport } from '../../../src/registry/http/transport.ts'
import { makeCertificate } from '../../../testing/certificate.ts'
import { startTlsFront } from '../../../testing/tls-front.ts'
import { openServer, openTransport, opened, until } from '../opened.ts'
import { requestTo } from '../requests.ts'

interface Opened extends Transport {
  readonly early: EarlyConnections
}

/** Opens a transport whose requests take over the connections of `early`. */
function openEarly(env: Readonly<Record<string, string>> = {}, lookup?: LookupFunction): Opened {
  const early = new EarlyConnections(env, new Addresses(lookup))
  return { ...openTransport(undefined, { early }), early }
}

/** A lookup that waits until it is told what to answer. */
function slowLookup(): { lookup: LookupFunction; asked: string[]; answer: (error?: Error) => void } {
  const asked: string[] = []
  const waiting: ((error?: Error) => void)[] = []
  return {
    asked,
    lookup: (hostname, _options, callback) => {
      asked.push(hostname)
      waiting.push(error => {
        callback(error ?? null, [{ address: '127.0.0.1', family: 4 }])
      })
    },
    answer: error => {
      for (const callback of waiting.splice(0)) callback(error)
    }
  }
}

const named = ({ href }: URL): URL => new URL(href.replace('127.0.0.1', 'registry.test'))

describe('an early connection', () => {
  test('is opened once to an origin, and is the first that requests use', async () => {
    const { url, sockets } = await openServer()
    const { early, send } = openEarly()
    early.open(url)
    early.open(new URL('/v2/', url))
    await until(() => sockets.length === 1)
    await send(requestTo(url.href))
    expect(sockets.length).toBe(1)
    const paths = Array.from({ length: 2 * MAXIMUM_SOCKETS }, (_, number) => number.toString())
    await Promise.all(paths.map(path => send(requestTo(url.href + path))))
    expect(sockets.length).toBe(MAXIMUM_SOCKETS)
  })

  test('is waited for by the request that takes it over', async () => {
    const { url, sockets } = await openServer()
    const { lookup, asked, answer } = slowLookup()
    const { early, send } = openEarly({}, lookup)
    early.open(named(url))
    const sent = send(requestTo(named(url).href))
    await until(() => asked.length === 1)
    answer()
    expect(await sent).toMatchObject({ status: 200 })
    expect([asked.length, sockets.length]).toEqual([1, 1])
    // From then on, there may be as many as ever.
    const paths = Array.from({ length: 2 * MAXIMUM_SOCKETS }, (_, number) => number.toString())
    const others = paths.map(path => send(requestTo(named(url).href + path)))
    await until(() => asked.length === MAXIMUM_SOCKETS)
    answer()
    await Promise.all(others)
    expect(sockets.length).toBe(MAXIMUM_SOCKETS)
  })

  test('counts towards the most that there may be, and so do those that wait for it', async () => {
    const { url, sockets } = await openServer()
    const { lookup, asked, answer } = slowLookup()
    const { early, send, preconnect } = openEarly({}, lookup)
    early.open(named(url))
    const paths = Array.from({ length: 2 * MAXIMUM_SOCKETS }, (_, number) => number.toString())
    const sent = paths.map(path => send(requestTo(named(url).href + path)))
    paths.forEach(() => {
      preconnect(named(url))
    })
    await until(() => asked.length === MAXIMUM_SOCKETS)
    answer()
    await Promise.all(sent)
    expect(sockets.length).toBe(MAXIMUM_SOCKETS)
  })

  test('lets connections be opened that wait for it', async () => {
    const { url, sockets } = await openServer()
    const { lookup, asked, answer } = slowLookup()
    const { early, send, preconnect } = openEarly({}, lookup)
    early.open(named(url))
    const sent = send(requestTo(named(url).href))
    preconnect(named(url))
    preconnect(named(url))
    await until(() => asked.length === 1)
    answer()
    await sent
    await until(() => sockets.length === 3)
  })

  test('that fails while a request waits for it fails the request, which does not look up the name again', async () => {
    const { lookup, asked, answer } = slowLookup()
    const { early, send } = openEarly({}, lookup)
    const url = new URL('https://registry.test/')
    early.open(url)
    const sent = send(requestTo(url.href))
    await until(() => asked.length === 1)
    answer(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
    await expect(sent).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('no such host')
    })
    expect(asked).toEqual(['registry.test'])
    // The next request has a connection of its own.
    const next = send(requestTo(url.href))
    await until(() => asked.length === 2)
    answer(new Error('again'))
    await expect(next).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })

  test.each([
    ['it broke', (socket: Socket) => socket.resetAndDestroy()],
    ['the server ended it', (socket: Socket) => socket.end()],
    [
      'the server says that it waited too long',
      (socket: Socket) => socket.end('HTTP/1.1 408 Timeout\r\n\r\n')
    ]
  ])('is replaced if %s before it was used', async (_what, spoil) => {
    const { url, sockets } = await openServer()
    const { early, send } = openEarly()
    early.open(url)
    await until(() => sockets.length === 1)
    const [socket] = sockets
    if (socket) spoil(socket)
    await until(() => socket?.closed === true || socket?.writableFinished === true)
    // What the server sent is on the wire before what it does next.
    const marker = connect(Number(url.port), url.hostname)
    await once(marker, 'connect')
    marker.destroy()
    expect(await send(requestTo(url.href))).toMatchObject({ status: 200 })
  })

  test('is under way when its name is looked up, or when that takes long', async () => {
    const { url, sockets } = await openServer()
    const { lookup, asked, answer } = slowLookup()
    const quick = openEarly()
    quick.early.open(url)
    await quick.early.underWay()
    await until(() => sockets.length === 1)
    const slow = openEarly({}, lookup)
    slow.early.open(named(url))
    await slow.early.underWay()
    expect(asked).toEqual(['registry.test'])
    const underWay = slow.early.underWay()
    answer()
    await underWay
    await until(() => sockets.length === 2)
  })

  test('is not opened to an address that is never connected to', () => {
    const { early } = openEarly()
    for (const url of ['http://169.254.169.254/', 'http://[fe80::1]/']) {
      early.open(new URL(url))
      expect(early.take(new URL(url))).toBeUndefined()
    }
  })

  test('is not opened if requests go through a proxy, or the proxy is not valid', () => {
    const origin = new URL('http://registry.test/')
    const { lookup, asked } = slowLookup()
    for (const http_proxy of ['http://proxy.example:3128', 'http://anna:%zz@proxy.example:3128'])
      openEarly({ http_proxy }, lookup).early.open(origin)
    expect(asked).toEqual([])
    openEarly({ http_proxy: 'http://proxy.example:3128', no_proxy: 'registry.test' }, lookup).early.open(
      origin
    )
    expect(asked).toEqual(['registry.test'])
  })

  test('tells how near the registry is, as any other does', async () => {
    const { url } = await openServer()
    const { lookup, asked, answer } = slowLookup()
    const { early, send } = openEarly({}, lookup)
    early.open(named(url))
    const sent = send(requestTo(named(url).href))
    await until(() => asked.length === 1)
    answer()
    await sent
    // Loopback: the registry may name another host there.
    expect(await send(requestTo(url.href, { namedBy: named(url) }))).toMatchObject({ status: 200 })
  })

  test('is closed with the transport, used or not', async () => {
    const [used, unused] = [await openServer(), await openServer()]
    const { early, ...transport } = openEarly()
    early.open(used.url)
    early.open(unused.url)
    await transport.send(requestTo(used.url.href))
    await until(() => unused.sockets.length === 1)
    const closed = [...used.sockets, ...unused.sockets].map(socket => once(socket, 'close'))
    transport.close()
    await Promise.all(closed)
  })
})

test('an agent for TLS sets TLS up on a connection that it is given', async () => {
  const { host, sockets } = await openServer()
  const certificate = await makeCertificate('registry.test')
  const front = opened(await startTlsFront(host, certificate))
  const [hostname = '', port = ''] = front.host.split(':')
  const agent = new Agent({ keepAlive: true, ca: certificate.certificate })
  const given = connect(Number(port), hostname)
  const preconnector = new Preconnector(agent, MAXIMUM_SOCKETS, given)
  opened(preconnector)
  opened({
    close: () => {
      agent.destroy()
    }
  })
  // Where the request says it goes, there is nothing.
  const asked = get('https://registry.test:1/', { agent, servername: 'registry.test' })
  preconnector.preconnect()
  const [response] = (await once(asked, 'response')) as [{ statusCode: number }]
  expect(response.statusCode).toBe(200)
  // Another one goes to the same address, but to the port that the request says.
  expect(sockets.length).toBe(1)
})
