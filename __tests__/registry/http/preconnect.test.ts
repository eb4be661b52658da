/** Tests of connections that are opened early: how many there are, and what becomes of them. */
import { describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { Agent, type IncomingMessage, createServer, get } from 'node:http'
import type { Socket } from 'node:net'
import { Preconnector } from '../../../src/registry/http/preconnect.ts'
import { MAXIMUM_SOCKETS } from '../../../src/registry/http/pool.ts'
import { makeCertificate } from '../../../testing/certificate.ts'
import { image } from '../../../testing/images.ts'
import { listen } from '../../../testing/loopback.ts'
import { startProxy } from '../../../testing/proxy-server.ts'
import { startTlsFront } from '../../../testing/tls-front.ts'
import { openRegistry, openServer, openTransport, opened, until } from '../opened.ts'
import { setProxy } from '../proxy-environment.ts'
import { requestTo } from '../requests.ts'
import { anna, at, tagAt, wire } from '../wired.ts'

function closable(agent: Agent): { close(): void } & Agent {
  return Object.assign(agent, {
    close: () => {
      agent.destroy()
    }
  })
}

/** Asks a server for nothing in particular; gives the status. */
async function ask(host: string, agent: Agent): Promise<number | undefined> {
  const [response] = (await once(get(`http://${host}/`, { agent }), 'response')) as [IncomingMessage]
  await once(response.resume(), 'end')
  // The agent has the connection back a moment after the answer has ended.
  await new Promise(setImmediate)
  return response.statusCode
}

describe('connections are opened early', () => {
  test('one for each call, and used before any other', async () => {
    const { host, sockets } = await openServer()
    const { send, preconnect } = openTransport()
    const url = new URL(`http://${host}/`)
    const first = send(requestTo(url.href))
    preconnect(url)
    preconnect(url)
    await until(() => sockets.length === 3)
    await first
    await Promise.all(['a', 'b', 'c'].map(path => send(requestTo(url.href + path))))
    expect(sockets.length).toBe(3)
  })

  test('also after the connection that they copy is established', async () => {
    const { host, sockets } = await openServer()
    const { send, preconnect } = openTransport()
    await send(requestTo(`http://${host}/`))
    preconnect(new URL(`http://${host}/`))
    await until(() => sockets.length === 2)
  })

  test('at most as many as there may be in all', async () => {
    const { host, sockets } = await openServer()
    const { send, preconnect } = openTransport()
    const first = send(requestTo(`http://${host}/`))
    for (let time = 0; time < 2 * MAXIMUM_SOCKETS; time++) preconnect(new URL(`http://${host}/`))
    await first
    await until(() => sockets.length === MAXIMUM_SOCKETS)
    const paths = Array.from({ length: 2 * MAXIMUM_SOCKETS }, (_, number) => number.toString())
    await Promise.all(paths.map(path => send(requestTo(`http://${host}/${path}`))))
    expect(sockets.length).toBe(MAXIMUM_SOCKETS)
  })

  test('to no server that nothing was asked of', async () => {
    const { host, sockets } = await openServer()
    const { send, preconnect } = openTransport()
    preconnect(new URL(`http://${host}/`))
    await send(requestTo(`http://${host}/`))
    expect(sockets.length).toBe(1)
  })

  test('to no server behind a proxy', async () => {
    const { host } = await openServer()
    const front = opened(await startTlsFront(host, await makeCertificate('registry.test')))
    const proxy = opened(await startProxy({ 'registry.test:443': front.host }))
    setProxy(proxy.url)
    const { send, preconnect } = openTransport()
    const sent = send(requestTo('https://registry.test/'))
    preconnect(new URL('https://registry.test/'))
    await expect(sent).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    // One for what Node trusts, one for what Docker does.
    expect(proxy.connects).toEqual(['registry.test:443', 'registry.test:443'])
  })

  test('and closed with the transport, though nothing used them', async () => {
    const { host, sockets } = await openServer()
    const pool = openTransport()
    const first = pool.send(requestTo(`http://${host}/`))
    pool.preconnect(new URL(`http://${host}/`))
    await first
    await until(() => sockets.length === 2)
    const closed = Promise.all(sockets.map(socket => once(socket, 'close')))
    pool.close()
    await closed
  })
})

describe('an early connection that cannot be used', () => {
  /** Has an agent open one connection for a request, and one early; gives both, as this side sees them. */
  const openTwo = async (host: string): Promise<{ agent: Agent; opened: Socket[] }> => {
    const agent = opened(closable(new Agent({ keepAlive: true })))
    const made: Socket[] = []
    const create = agent.createConnection.bind(agent)
    agent.createConnection = (...args) => {
      const socket = create(...args) as Socket
      made.push(socket)
      return socket
    }
    const preconnector = new Preconnector(agent, MAXIMUM_SOCKETS)
    await ask(host, agent)
    preconnector.preconnect()
    await until(() => made.length === 2 && made[1]?.connecting === false)
    return { agent, opened: made }
  }

  test.each([
    ['it broke', (socket: Socket) => socket.resetAndDestroy()],
    ['the server ended it', (socket: Socket) => socket.end()],
    [
      'the server says that it waited too long',
      (socket: Socket) => socket.end('HTTP/1.1 408 Timeout\r\n\r\n')
    ]
  ])('because %s harms no request', async (_what, spoil) => {
    const { host, sockets } = await openServer()
    const { agent, opened: made } = await openTwo(host)
    await until(() => sockets.length === 2)
    const [early] = sockets.slice(1)
    if (early) spoil(early)
    await until(() => made[1]?.destroyed === true || made[1]?.readableLength !== 0)
    expect(await Promise.all([ask(host, agent), ask(host, agent)])).toStrictEqual([200, 200])
    expect(made.length).toBe(3)
  })

  test('because nobody listens any more is not missed', async () => {
    const server = createServer((_, response) => response.end())
    const listening = await listen(server)
    const { host } = listening
    const { send, preconnect } = openTransport()
    await send(requestTo(`http://${host}/`))
    await listening.close()
    preconnect(new URL(`http://${host}/`))
    await expect(send(requestTo(`http://${host}/`))).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })
})

describe('a client', () => {
  const auth = { kind: 'bearer', accounts: { anna: 'pass:wörd' } } as const

  test('opens a connection for each request that waits for the token', async () => {
    const registry = await openRegistry({ auth })
    registry.seed('acme/app', image(), ['1'])
    const preconnected: string[] = []
    const { client } = wire({ credential: anna, preconnect: url => preconnected.push(url.pathname) })
    const tags = ['a', 'b', 'c'].map(tag => client.headManifest(tagAt(registry, tag)))
    await Promise.all([client.getManifest(at(registry, ':1')), ...tags])
    expect(preconnected).toStrictEqual(['b', 'c', '1'].map(tag => `/v2/acme/app/manifests/${tag}`))
    await Promise.all(['d', 'e'].map(tag => client.headManifest(tagAt(registry, tag))))
    expect(preconnected.length).toBe(3)
  })
})
