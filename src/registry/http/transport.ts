/** The lowest layer: sends requests over pools of connections, one an origin. */
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { PromotionError, during } from '../../oci/errors.ts'
import { Addresses } from './addresses.ts'
import { type Deadline, Watch, deadlineFor, standardDeadline } from './deadline.ts'
import { unencoded } from './encoding.ts'
import { exchange } from './exchange.ts'
import { type Preconnect, type Request, type Send, describeRequest } from './message.ts'
import { networkError } from './network-error.ts'
import { type Pool, openPool } from './pool.ts'

/** Pools of connections: a `Send`, what opens connections for it early, and what ends it. */
export interface Transport {
  readonly send: Send
  readonly preconnect: Preconnect
  /** Breaks all connections, and sends nothing from then on. */
  close(): void
}

/** What of the machine a transport needs. */
export interface Machine {
  readonly lookup: LookupFunction
}

const thisMachine: Machine = { lookup }

/** Makes a transport that keeps connections alive, and honours `https_proxy` and `no_proxy`. */
export function transport(deadline: Deadline = standardDeadline, machine: Machine = thisMachine): Transport {
  const pools = new Map<string, Pool>()
  const watches = new Set<Watch>()
  let isClosed = false
  const addresses = new Addresses(machine.lookup)
  // A pool's connections may be used by all its requests: what may be nearer to the runner has a pool of its own.
  const poolOf = ({ url, namedBy }: Request): Pool => {
    const limit = addresses.limitFor(url, namedBy)
    // Others, such as blob:, have an origin too, and Node would send to port 80 of localhost.
    if (!['http:', 'https:'].includes(url.protocol)) throw new Error(`${url.protocol} is not HTTP`)
    addresses.vetHost(url.hostname, limit)
    const key = `${url.origin} ${limit}`
    const pool = pools.get(key) ?? openPool(url, addresses.lookupWithin(limit))
    pools.set(key, pool)
    return pool
  }
  return {
    send: async request => {
      const what = describeRequest(request)
      if (isClosed) throw closed(what)
      const explainedBy = (proxy?: string) => (error: unknown) =>
        error instanceof PromotionError ? during(what, error) : networkError(request, error, proxy)
      const pool = attempt(() => poolOf(request), explainedBy())
      const explain = explainedBy(pool.proxy)
      const watch = new Watch(what, deadlineFor(streamedBytes(request), deadline), ended => {
        watches.delete(ended)
      })
      watches.add(watch)
      return unencoded(request, await exchange(request, { pool, watch, deadline, explain }))
    },
    preconnect: url => {
      pools.get(`${url.origin} loopback`)?.preconnect()
    },
    close: () => {
      isClosed = true
      // First the exchanges: the end of a connection would have one that waits for it open another.
      for (const watch of watches) watch.fail(closed(watch.what))
      for (const pool of pools.values()) pool.close()
    }
  }
}

function attempt<T>(work: () => T, explain: (error: unknown) => unknown): T {
  try {
    return work()
  } catch (error) {
    throw explain(error)
  }
}

function closed(what: string): PromotionError {
  return new PromotionError('REGISTRY_UNAVAILABLE', `${what}: not finished when the run ended`)
}

function streamedBytes({ body, streamed, limit }: Request): number {
  return streamed === true ? limit : body === undefined || body instanceof Uint8Array ? 0 : body.length
}
