/** A forward proxy on loopback that supports CONNECT only, like corporate proxies. */
import { createServer } from 'node:http'
import { type Socket, connect } from 'node:net'
import { pipeline } from 'node:stream'
import { listen } from './loopback.ts'

/** A running proxy. */
export interface Proxy {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** The `host:port` of every CONNECT so far. */
  readonly connects: readonly string[]
  close(): Promise<void>
}

/**
 * Starts a proxy. `routes` maps each `host:port` to its real address; any other gets 502, and any method but CONNECT 405.
 */
export async function startProxy(routes: Readonly<Record<string, string>>): Promise<Proxy> {
  const connects: string[] = []
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', ({ url: authority = '' }, client: Socket) => {
    connects.push(authority)
    const [hostname = '', port = ''] = routes[authority]?.split(':') ?? []
    if (hostname === '') {
      client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    const behind = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      pipeline(client, behind, client, () => undefined)
    })
    behind.on('error', () => client.destroy())
  })
  const listening = await listen(server)
  return { url: `http://${listening.host}`, connects, close: () => listening.close() }
}
