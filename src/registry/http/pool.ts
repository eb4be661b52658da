/** The connections to one origin. The only module that imports @actions/http-client: docs/adr/0003-own-http-behaviour.md. */
import { HttpClient } from '@actions/http-client'
import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { PromotionError } from '../../oci/errors.ts'
import { addressOf } from './early-connections.ts'
import { Preconnector } from './preconnect.ts'
import { proxyFor } from './proxy.ts'

/** The most connections to one origin. */
export const MAXIMUM_SOCKETS = 32

// http-client would close a socket after three idle minutes, even if this side is the slow one; the deadline decides instead.
const NEVER = 2 ** 31 - 1

/** The connections to one origin, kept alive. */
export interface Pool {
  /** The `host:port` of the proxy, if there is one. */
  readonly proxy: string | undefined
  /** Sends a request to the origin; the body is piped unchanged. */
  send(options: http.RequestOptions, body: Readable | undefined): Promise<http.IncomingMessage>
  /** Opens another connection before it is needed; does nothing behind a proxy, where that would be a request. */
  preconnect(): void
  /** Breaks all connections. */
  close(): void
}

/** How the connections of a pool are made. */
export interface Connecting {
  /** Resolves the name of the origin. */
  readonly lookup: LookupFunction
  /** What they trust instead of what Node trusts. */
  readonly secureContext: SecureContext | undefined
  /** A connection that is open already, or about to be. */
  readonly first: Socket | undefined
}

/** Opens a pool for an origin. It connects to nothing before the first request. Throws `INPUT_INVALID` for an invalid proxy. */
export function openPool(origin: URL, { lookup, secureContext, first }: Connecting): Pool {
  const proxy = proxyFor(origin, process.env)
  const client = new HttpClient('retag', [], {
    keepAlive: true,
    maxSockets: MAXIMUM_SOCKETS,
    socketTimeout: NEVER
  })
  const isSecure = origin.protocol === 'https:'
  const httpModule = isSecure ? https : http
  // http-client's own agent would use the proxy despite entries of no_proxy that it does not support.
  const direct = proxy ? undefined : new httpModule.Agent({ keepAlive: true, maxSockets: MAXIMUM_SOCKETS })
  const agent = direct ?? client.getAgent(origin.href)
  // http-client's agent has options too; its type does not say so.
  if (secureContext)
    Object.assign((agent as unknown as Pick<https.Agent, 'options'>).options, { secureContext })
  const early = direct && new Preconnector(direct, MAXIMUM_SOCKETS, first)
  const address = { ...addressOf(origin), agent, lookup }
  return {
    proxy: proxy?.host,
    send: async (options, body) => {
      const info = {
        options: { ...options, ...address },
        parsedUrl: origin,
        httpModule: refusingUpgrades(httpModule)
      }
      const { message } = await client.requestRaw(info, body ?? null)
      return message
    },
    preconnect: () => early?.preconnect(),
    close: () => {
      client.dispose()
      direct?.destroy()
      early?.close()
    }
  }
}

/** Ends a request that is answered with 101 (RFC 9110, 15.2.2), which Node would not report. */
function refusingUpgrades(module: typeof http | typeof https): typeof http {
  const request = (
    options: http.RequestOptions,
    answered: (message: http.IncomingMessage) => void
  ): http.ClientRequest => {
    const sent = module.request(options, answered)
    return sent.once('upgrade', (_, socket) => {
      socket.destroy()
      sent.emit('error', switched())
    })
  }
  // Only this is called. Copying the whole module would load its WebSocket, and with it all of undici: 40 ms.
  return { request } as typeof http
}

function switched(): PromotionError {
  return new PromotionError(
    'REGISTRY_REJECTED',
    'it switches to another protocol (101), which was not requested',
    {
      advice: 'Check the name of the registry. A proxy may be answering for it.'
    }
  )
}
