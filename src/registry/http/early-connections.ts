/**
 * Connections to the registries of a run, opened while the rest of the action is being loaded. Nothing is sent over them: a request
 * takes them over, and sets up TLS.
 */
import { type LookupFunction, type Socket, connect } from 'node:net'
import { Addresses } from './addresses.ts'
import { withoutBrackets } from './message.ts'
import { type Environment, proxyFor } from './proxy.ts'

// As Node's agents do.
const KEEP_ALIVE_DELAY = 1_000

/** How long to wait for a name to be looked up, in milliseconds: about as long as it takes if the answer is cached nearby. */
const LOOKUP = 10

/** Opens a connection to each origin, and hands it over. */
export class EarlyConnections {
  /** Where connections may go; shared with the requests that take them over. */
  readonly addresses: Addresses
  readonly #env: Environment
  readonly #opened = new Map<string, Socket>()
  readonly #waiting = new Set<string>()
  readonly #lookups: Promise<unknown>[] = []

  constructor(env: Environment, addresses = new Addresses()) {
    this.#env = env
    this.addresses = addresses
  }

  /** Opens a connection to an origin, unless requests to it go through a proxy or are refused. What fails is dropped silently. */
  open(origin: URL): void {
    const address = addressOf(origin)
    if (this.#opened.has(keyOf(address)) || !this.#isDirect(origin)) return
    const socket = connect({
      ...address,
      lookup: this.#lookup,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY
    })
    socket.on('error', ignore)
    this.#opened.set(keyOf(address), socket)
    this.#waiting.add(keyOf(address))
  }

  /** Hands over the connection to an origin, once; undefined if there is none that can be used. It may not be established yet. */
  take(origin: URL): Socket | undefined {
    const key = keyOf(addressOf(origin))
    const socket = this.#waiting.delete(key) ? this.#opened.get(key) : undefined
    return socket && isUsable(socket) ? socket : undefined
  }

  /** Resolves when Node is connecting everywhere, which it begins in another turn; it may take 10 ms if a name has to be looked up. */
  async underWay(): Promise<void> {
    await new Promise(setImmediate)
    await Promise.race([Promise.all(this.#lookups), new Promise(resolve => setTimeout(resolve, LOOKUP))])
  }

  /** Breaks all connections. */
  close(): void {
    for (const socket of this.#opened.values()) socket.destroy()
  }

  /** Looks a name up; Node connects as soon as it is called back. */
  readonly #lookup: LookupFunction = (hostname, options, callback) => {
    const find = this.addresses.lookupWithin('loopback')
    const lookup = new Promise<void>(resolve => {
      find(hostname, options, (...found) => {
        callback(...found)
        resolve()
      })
    })
    this.#lookups.push(lookup)
  }

  #isDirect(origin: URL): boolean {
    try {
      this.addresses.vetHost(origin.hostname, 'loopback')
      return proxyFor(origin, this.#env) === undefined
    } catch {
      // The request will say what is wrong.
      return false
    }
  }
}

/** Tells whether a connection that nothing was sent over can be used: the server may have timed it out, with or without a 408. */
export function isUsable(socket: Socket): boolean {
  return socket.writable && socket.readableLength === 0
}

/** The host and port of an origin. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Returns the host and port of an origin. */
export function addressOf({ protocol, hostname, port }: URL): Address {
  return { host: withoutBrackets(hostname), port: Number(port || (protocol === 'https:' ? 443 : 80)) }
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port.toString()}`
}

function ignore(): void {
  // The request that would have used it opens its own connection, or reports the error.
}
