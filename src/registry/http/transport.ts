/** The lowest layer: sends requests over pools of connections, one an origin. */
import { PromotionError } from '../../oci/errors.ts'
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

/** Makes a transport that keeps connections alive, and honours `https_proxy` and `no_proxy`. */
export function transport(deadline: Deadline = standardDeadline): Transport {
  const pools = new Map<string, Pool>()
  const watches = new Set<Watch>()
  let isClosed = false
  const poolOf = (url: URL): Pool => {
    const pool = pools.get(url.origin) ?? openPool(url)
    pools.set(url.origin, pool)
    return pool
  }
  return {
    send: async request => {
      const what = describeRequest(request)
      if (isClosed) throw closed(what)
      // Others, such as blob:, have an origin too, and Node would send to port 80 of localhost.
      if (!['http:', 'https:'].includes(request.url.protocol))
        throw networkError(request, new Error(`${request.url.protocol} is not HTTP`))
      const watch = new Watch(what, deadlineFor(streamedBytes(request), deadline), ended => {
        watches.delete(ended)
      })
      watches.add(watch)
      const explain = (error: unknown): unknown => networkError(request, error)
      return unencoded(
        request,
        await exchange(request, { pool: poolOf(request.url), watch, deadline, explain })
      )
    },
    preconnect: url => {
      pools.get(url.origin)?.preconnect()
    },
    close: () => {
      isClosed = true
      // First the exchanges: the end of a connection would have one that waits for it open another.
      for (const watch of watches) watch.fail(closed(watch.what))
      for (const pool of pools.values()) pool.close()
    }
  }
}

function closed(what: string): PromotionError {
  return new PromotionError('REGISTRY_UNAVAILABLE', `${what}: not finished when the run ended`)
}

function streamedBytes({ body, streamed, limit }: Request): number {
  return streamed === true ? limit : body === undefined || body instanceof Uint8Array ? 0 : body.length
}
