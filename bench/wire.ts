/** A TCP proxy that delays and counts traffic, as a line to a distant server does. */
import { type Socket, connect, createServer } from 'node:net'
import { type Listening, listen } from '../testing/loopback.ts'

/** The traffic of a wire. */
export interface Traffic {
  readonly connections: number
  /** The most open at the same time. */
  readonly atOnce: number
  /** In bytes, both ways. */
  readonly bytes: number
}

/** A wire. */
export interface Wire extends Listening {
  /** Returns the traffic since the last call, and resets the counters. */
  take(): Traffic
}

/** Options of a wire. */
export interface WireOptions {
  /** The round-trip time, in milliseconds. */
  readonly delay: number
  /** An address of this machine. */
  readonly address: string
}

const none: Traffic = { connections: 0, atOnce: 0, bytes: 0 }

/**
 * Starts a wire to the server at `to` (`127.0.0.1:PORT`). Each direction takes half a round trip. Connecting on one machine is
 * immediate, so the first bytes are delayed by the round trip that a connection takes.
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
  /** Nothing is sent before this time. */
  readonly from: number
  readonly count: (bytes: number) => void
}

function carry(one: Socket, other: Socket, { delay, from, count }: Way): void {
  // Timers of different lengths may fire in any order; the order of bytes is kept.
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
      // Waits for a slow receiver; only a wire without delay must be as fast as possible.
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
        // What was sent before the end is still delivered.
        if (event === 'error' || !other.writableEnded) other.destroy()
      })
    })
}
