/** The connections to one origin. The only module that imports @actions/http-client: docs/adr/0003-own-http-behaviour.md. */
import { HttpClient } from '@actions/http-client'
import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { Preconnector } from './preconnect.ts'

/** The most connections to one origin. */
export const MAXIMUM_SOCKETS = 32

// http-client would end a socket after three quiet minutes, even one that waits for this side; the deadline decides instead.
const NEVER = 2 ** 31 - 1

/** The connections to one origin, kept alive. */
export interface Pool {
  /** Sends a request to the origin; the body is piped as it is. */
  send(options: http.RequestOptions, body: Readable | undefined): Promise<http.IncomingMessage>
  /** Opens one more connection ahead of a request; does nothing behind a proxy, where that would be a request too. */
  preconnect(): void
  /** Breaks all connections. */
  close(): void
}

/** Opens a pool for an origin, whose name `lookup` looks up; nothing is connected before the first request. */
export function openPool(origin: URL, lookup: LookupFunction): Pool {
  const client = new HttpClient('retag', [], {
    keepAlive: true,
    maxSockets: MAXIMUM_SOCKETS,
    socketTimeout: NEVER
  })
  const agent = client.getAgent(origin.href)
  const early = agent instanceof http.Agent ? new Preconnector(agent, MAXIMUM_SOCKETS) : undefined
  const isSecure = origin.protocol === 'https:'
  const address = {
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port || (isSecure ? 443 : 80),
    agent,
    lookup
  }
  return {
    send: async (options, body) => {
      const info = {
        options: { ...options, ...address },
        parsedUrl: origin,
        httpModule: isSecure ? https : http
      }
      const { message } = await client.requestRaw(info, body ?? null)
      return message
    },
    preconnect: () => early?.preconnect(),
    close: () => {
      client.dispose()
      early?.close()
    }
  }
}
