/** A wire of some length before a server: TCP, handed on byte by byte, later, and counted. */
import { type Socket, connect, createServer } from 'node:net'
import { type Listening, listen } from '../testing/loopback.ts'

/** What has gone over a wire so far. */
export interface Traffic {
  readonly connections: number
  /** The most that were open at the same time. */
  readonly atOnce: number
  /** In bytes, both ways. */
  readonly bytes: number
}

/** A wire. */
export interface Wire extends Listening {
  /** Gives what has gone over it since the last time, and counts anew. */
  take(): Traffic
}

/** How long a wire is, and where it begins. */
export interface WireOptions {
  /** Of one round trip, in milliseconds. */
  readonly delay: number
  /** An address of this machine. */
  readonly address: string
}

const none: Traffic = { connections: 0, atOnce: 0, bytes: 0 }

/**
 * Starts a wire to the server at `to` (`127.0.0.1:PORT`). Each direction takes half a round trip. The kernel of one machine
 * connects at once, so what is sent first waits the round trip longer that a connection takes.
 */
export async function startWire(to: string, { delay, address }: WireOptions): Promise<Wire> {
  const [hostname = '', port = ''] = to.split(':')
  let traffic = none
  let open = 0
  const count = (bytes: number): void => {
    traffic = { ...traffic, bytes: traffic.bytes + bytes }
  }
  const server = createServer({ noDelay: true }, near => {
    open++
    const { connections, atOnce, bytes } = traffic
    traffic = { connections: connections + 1, atOnce: Math.max(atOnce, open), bytes }
    const far = connect({ port: Number(port), host: hostname, noDelay: true })
    near.on('close', () => open--)
    carry(near, far, { delay: delay / 2, from: performance.now() + delay, count })
    carry(far, near, { delay: delay / 2, from: 0, count })
  })
  return {
    ...(await listen(server, address)),
    take: () => {
      const taken = traffic
      traffic = { ...none, atOnce: open }
      return taken
    }
  }
}

interface Way {
  readonly delay: number
  /** Nothing sets out before this moment. */
  readonly from: number
  readonly count: (bytes: number) => void
}

function carry(one: Socket, other: Socket, { delay, from, count }: Way): void {
  // Timers of different lengths may ring in any order; what was sent first arrives first.
  const underWay: (() => void)[] = []
  const later = (work: () => void): void => {
    underWay.push(work)
    setTimeout(() => underWay.shift()?.(), Math.max(from - performance.now(), 0) + delay)
  }
  const soon =
    delay === 0
      ? (work: () => void) => {
          work()
        }
      : later
  one.on('data', (bytes: Uint8Array) => {
    count(bytes.length)
    soon(() => {
      // Where the other side is slow this one waits; only a wire of no length has to be as fast as it can.
      if (other.writable && !other.write(bytes) && delay === 0) one.pause()
    })
  })
  other.on('drain', () => one.resume())
  one.on('end', () => {
    soon(() => other.end())
  })
  for (const event of ['error', 'close'] as const)
    one.on(event, () => {
      soon(() => {
        // What was sent before the end still arrives.
        if (event === 'error' || !other.writableEnded) other.destroy()
      })
    })
}
