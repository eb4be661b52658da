/** Everything that a test opens, closed again when it ends: connections first, then the servers at their other end. */
import { afterEach } from '@jest/globals'
import { type RequestListener, createServer } from 'node:http'
import type { Socket } from 'node:net'
import type { Deadline } from '../../src/registry/http/deadline.ts'
import type { Machine } from '../../src/registry/http/pools.ts'
import { type Transport, transport } from '../../src/registry/http/transport.ts'
import { listen } from '../../testing/loopback.ts'
import { type RegistryOptions, type RegistryServer, startRegistry } from '../../testing/registry-server.ts'
import { type Exchange, type Script, startScript } from '../../testing/scripted-server.ts'

/** What can be closed. */
export interface Closable {
  close(): Promise<void> | void
}

const open: Closable[] = []

afterEach(async () => {
  // The last opened first; and all of them, though one of them complains.
  const closed = await Promise.allSettled(
    open
      .splice(0)
      .reverse()
      .map(async it => it.close())
  )
  for (const result of closed) if (result.status === 'rejected') throw result.reason
})

/** Has something closed when the test ends. */
export function opened<T extends Closable>(it: T): T {
  open.push(it)
  return it
}

/** Starts a scripted server for one test, which fails when the script is not followed. */
export async function openScript(
  exchanges: readonly Exchange[],
  options?: { readonly inOrder?: boolean }
): Promise<Script> {
  return opened(await startScript(exchanges, options))
}

/** Starts the in-process registry for one test. */
export async function openRegistry(options?: RegistryOptions): Promise<RegistryServer> {
  return opened(await startRegistry(options))
}

/** Opens a connection pool for one test. */
export function openTransport(deadline?: Deadline, machine?: Partial<Machine>): Transport {
  return opened(transport(deadline, machine))
}

/** A server for one test, and all connections that were ever made to it. */
export async function openServer(
  listener: RequestListener = (_, response) => response.end()
): Promise<{ host: string; url: URL; sockets: readonly Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer(listener).on('connection', (socket: Socket) => sockets.push(socket))
  const { host } = opened(await listen(server))
  return { host, url: new URL(`http://${host}/`), sockets }
}

// Below jest's limit for a test: a wait that went on after that would keep the worker from ending.
const LONGEST_WAIT = 20_000

/** Waits until something is so. Throws after 20 seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + LONGEST_WAIT
  while (!condition()) {
    if (performance.now() > end) throw new Error('waited in vain')
    await new Promise(setImmediate)
  }
}
