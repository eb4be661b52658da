/** Opens connections while the requests that will use them are waiting, mostly for a token. */
import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { isUsable } from './early-connections.ts'

interface Opening {
  readonly socket: Socket
  /** The options that the agent opened it with. */
  readonly options: object
}

type Created = (error: Error | null, socket?: Socket) => void
type Create<Result = Socket> = (options: object, created?: Created) => Result

/** Opens connections early for an agent, which uses them before it opens its own. */
export class Preconnector {
  readonly #agent: Agent & { readonly protocol?: string }
  readonly #create: Create
  readonly #most: number
  readonly #early = new Set<Socket>()
  #last: Opening | undefined
  /** How many to open as soon as the pending connection is established. */
  #waiting = 0

  /** `most` limits all connections, including early ones. `first` becomes the agent's first connection. */
  constructor(agent: Agent, most: number, first?: Socket) {
    const own = agent as unknown as { createConnection: Create<Socket | undefined> }
    this.#agent = agent
    this.#most = most
    this.#create = own.createConnection.bind(agent) as Create
    let next = first
    own.createConnection = (options, created) => {
      const adopted = next
      next = undefined
      return adopted ? this.#adopt(adopted, options, created) : (this.#take() ?? this.#open(options, created))
    }
  }

  /**
   * Opens another connection like the agent's last one, to the same address, as soon as that one is established: before that the name
   * is not resolved. A connection that fails is dropped; the request that would have used it opens its own.
   */
  preconnect(): void {
    const first = this.#last?.socket
    if (first?.connecting !== true) this.#openEarly()
    else if (this.#waiting++ === 0)
      first.once('connect', () => {
        for (; this.#waiting > 0; this.#waiting--) this.#openEarly()
      })
  }

  /** Closes the early connections that were not used. */
  close(): void {
    for (const socket of this.#early) socket.destroy()
  }

  #open(options: object, created?: Created): Socket {
    const socket = this.#create(options, created)
    this.#last = { socket, options }
    return socket
  }

  /** Gives the agent a connection, in TLS if the agent speaks that; later, by `created`, if it is not established yet. */
  #adopt(socket: Socket, options: object, created?: Created): Socket | undefined {
    this.#last = { socket, options }
    const adopted = (): Socket =>
      this.#agent.protocol === 'https:' ? this.#create({ ...options, socket }) : socket
    if (!socket.connecting) return adopted()
    // The agent counts a connection when it has it.
    this.#agent.maxSockets--
    const settle = (error: Error | null): void => {
      this.#agent.maxSockets++
      socket.off('connect', connected).off('error', settle)
      if (error) created?.(error)
      else created?.(null, adopted())
    }
    const connected = (): void => {
      settle(null)
    }
    socket.on('connect', connected).on('error', settle)
    return undefined
  }

  #openEarly(): void {
    const { sockets, freeSockets } = this.#agent
    if (!this.#last || this.#early.size + count(sockets) + count(freeSockets) >= this.#most) return
    const {
      socket: { remoteAddress },
      options
    } = this.#last
    if (remoteAddress === undefined) return
    const socket = this.#create({ ...options, host: remoteAddress })
    this.#early.add(socket)
    socket.on('error', ignore).on('close', () => this.#early.delete(socket))
  }

  #take(): Socket | undefined {
    for (const socket of this.#early) {
      this.#early.delete(socket)
      if (isUsable(socket)) return socket.off('error', ignore)
      socket.destroy()
    }
    return undefined
  }
}

function count(sockets: NodeJS.ReadOnlyDict<Socket[]>): number {
  return Object.values(sockets).reduce((sum, list) => sum + (list?.length ?? 0), 0)
}

function ignore(): void {
  // The request that would have used it opens its own connection.
}
