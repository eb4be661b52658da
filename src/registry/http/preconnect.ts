/** Opens connections while the requests that will use them are waiting, mostly for a token. */
import type { Agent } from 'node:http'
import type { Socket } from 'node:net'

interface Opening {
  readonly socket: Socket
  /** The options that the agent opened it with. */
  readonly options: object
}

type Create = (options: object, created?: (error: Error | null, socket?: Socket) => void) => Socket

/** Opens connections early for an agent, which uses them before it opens its own. */
export class Preconnector {
  readonly #agent: Agent
  readonly #create: Create
  readonly #most: number
  readonly #early = new Set<Socket>()
  #last: Opening | undefined
  /** How many to open as soon as the pending connection is established. */
  #waiting = 0

  /** `most` limits all connections, including early ones. */
  constructor(agent: Agent, most: number) {
    const own = agent as unknown as { createConnection: Create }
    this.#agent = agent
    this.#most = most
    this.#create = own.createConnection.bind(agent)
    own.createConnection = (options, created) => this.#take() ?? this.#open(options, created)
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

  #open(options: object, created: Parameters<Create>[1]): Socket {
    const socket = this.#create(options, created)
    this.#last = { socket, options }
    return socket
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

  /** Takes a connection that is still usable: the server may have timed it out, with or without a 408. */
  #take(): Socket | undefined {
    for (const socket of this.#early) {
      this.#early.delete(socket)
      if (socket.writable && socket.readableLength === 0) return socket.off('error', ignore)
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
