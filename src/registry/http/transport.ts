/** The lowest layer: sends requests over pools of connections. */
import { PromotionError, during } from '../../oci/errors.ts'
import { type Deadline, Watch, deadlineFor, standardDeadline } from './deadline.ts'
import { unencoded } from './encoding.ts'
import { exchange } from './exchange.ts'
import { type Preconnect, type Request, type Response, type Send, describeRequest } from './message.ts'
import { isUntrusted, networkError } from './network-error.ts'
import { type Machine, Pools } from './pools.ts'

/** Sends requests over pools of connections, opens connections early, and closes them. */
export interface Transport {
  readonly send: Send
  readonly preconnect: Preconnect
  /** Closes all connections; nothing is sent afterwards. */
  close(): void
}

/** Creates a transport that keeps connections alive and honours `https_proxy` and `no_proxy`. */
export function transport(deadline: Deadline = standardDeadline, machine: Partial<Machine> = {}): Transport {
  const pools = new Pools(machine)
  const watches = new Set<Watch>()
  let isClosed = false
  const sendOnce = async (request: Request): Promise<Response> => {
    const what = describeRequest(request)
    if (isClosed) throw closed(what)
    const explainedBy = (proxy?: string) => (error: unknown) =>
      error instanceof PromotionError ? during(what, error) : networkError(request, error, proxy)
    const pool = attempt(() => pools.poolFor(request), explainedBy())
    const explain = explainedBy(pool.proxy)
    const watch = new Watch(what, deadlineFor(streamedBytes(request), deadline), ended => {
      watches.delete(ended)
    })
    watches.add(watch)
    return unencoded(request, await exchange(request, { pool, watch, deadline, explain }))
  }
  return {
    send: sendingTrustfully(sendOnce, pools),
    preconnect: url => {
      pools.preconnect(url)
    },
    close: () => {
      isClosed = true
      // Exchanges first: one that waits for a connection would open another when one closes.
      for (const watch of watches) watch.fail(closed(watch.what))
      pools.close()
    }
  }
}

/**
 * Sends a request again if its handshake failed and Docker's certificates may help. A server that refuses a handshake has not
 * processed the request, so this is safe for writes too.
 */
function sendingTrustfully(send: Send, pools: Pools): Send {
  return async request => {
    const { url } = request
    if (pools.trustsMore(url)) return send(request)
    try {
      const response = await send(request)
      if (!wantsCertificate(response)) return response
    } catch (error) {
      if (!isUntrusted(error)) throw error
    }
    await pools.trustMore(url).catch((error: unknown) => {
      throw during(describeRequest(request), error)
    })
    return send(request)
  }
}

/** Quirk: nginx completes a handshake without the client certificate that it requires, and refuses the request. */
function wantsCertificate({ status, url, body }: Response): boolean {
  return (
    status === 400 &&
    url.protocol === 'https:' &&
    /no required SSL certificate/i.test(new TextDecoder().decode(body))
  )
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
