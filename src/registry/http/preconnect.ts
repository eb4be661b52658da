/** Connections that are opened while the requests which will use them have to wait: for a token, most of all. */
import type { Agent } from 'node:http'
import type { Socket } from 'node:net'

interface Opening {
  readonly socket: Socket
  /** How the agent had it opened. */
  readonly options: object
}

type Create = (options: object, created?: (error: Error | null, socket?: Socket) => void) => Socket

/** Opens connections early for one agent, which uses them before it opens any of its own. */
export class Preconnector {
  readonly #agent: Agent
  readonly #create: Create
  readonly #most: number
  readonly #early = new Set<Socket>()
  #last: Opening | undefined
  /** How many are wanted as soon as the connection under way stands. */
  #waiting = 0

  /** There are at most `most` connections, early ones among them. */
  constructor(agent: Agent, most: number) {
    const own = agent as unknown as { createConnection: Create }
    this.#agent = agent
    this.#most = most
    this.#create = own.createConnection.bind(agent)
    own.createConnection = (options, created) => this.#take() ?? this.#open(options, created)
  }

  /**
   * Opens one connection more, like the agent's last one and to the same address: as soon as that one stands, for before that
   * nothing is known of the name. A connection that fails is given up: the request that was to use it opens its own.
   */
  preconnect(): void {
    const first = this.#last?.socket
    if (first?.connecting !== true) this.#openEarly()
    else if (this.#waiting++ === 0)
      first.once('connect', () => {
        for (; this.#waiting > 0; this.#waiting--) this.#openEarly()
      })
  }

  /** Closes what was opened early and never used. */
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

  /** Takes one that is as good as new: a server that grew tired of waiting may have said so, or hung up. */
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
  // The request that would have used the connection finds out by itself.
}
