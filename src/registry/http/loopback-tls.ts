/**
 * Registries on this machine speak plain HTTP, or TLS where they want that (Docker tries both). Plain HTTP is tried first; the
 * following says that a server wants TLS, if it is the first answer:
 *
 *     400, "HTTP request to an HTTPS server"     Go, nginx, Apache
 *     a TLS alert in place of HTTP               OpenSSL
 *     the connection breaks                      Node and others: a handshake tells
 *
 * Certificates are verified as those of any other host.
 */
import { connect } from 'node:tls'
import { PromotionError } from '../../oci/errors.ts'
import { type Registry, isLoopback } from '../../oci/registry-host.ts'
import { readErrorBody } from './error-body.ts'
import { type Request, type Response, type Send, describeRequest, withoutBrackets } from './message.ts'
import { isCertificateError, isPassing, isTlsAlert } from './network-error.ts'

/** How long a handshake may take, in milliseconds: nothing is nearer. */
const TIMEOUT = 5_000

/** A server speaks TLS, and was asked without. It has no cause, so that it is not retried. */
class SpeaksTls extends PromotionError {}

/** Finds out which registries on this machine want TLS. */
export class LoopbackTls {
  readonly #plain = new Set<string>()
  readonly #secure = new Set<string>()

  /** Tells whether a registry on this machine is known to want TLS. */
  readonly wantsTls = (registry: Registry): boolean => this.#secure.has(registry)

  /** The layer below: fails, without a repetition, where a registry wants TLS. */
  readonly detecting = (send: Send): Send => {
    return async request => {
      const { host } = request.url
      if (!isPlainLoopback(request) || this.#plain.has(host)) return send(request)
      const response = await send(request).catch(async (error: unknown) => {
        if (await isFromTls(request, error)) throw speaksTls(request)
        throw error
      })
      if (saysTls(response)) throw speaksTls(request)
      this.#plain.add(host)
      return response
    }
  }

  /** The layer above: sends by TLS what a registry does not take without. */
  readonly switching = (send: Send): Send => {
    return async request => {
      if (!isPlainLoopback(request)) return send(request)
      try {
        return await send(request)
      } catch (error) {
        if (!(error instanceof SpeaksTls)) throw error
      }
      this.#secure.add(request.url.host)
      const url = new URL(request.url)
      url.protocol = 'https:'
      return send({ ...request, url })
    }
  }
}

/** Tells whether an answer without TLS says that the server wants TLS. */
export function saysTls({ status, body }: Response): boolean {
  return (
    status === 400 &&
    /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)|plain HTTP to an SSL/i.test(
      readErrorBody(body)
    )
  )
}

function isPlainLoopback({ url }: Request): boolean {
  return url.protocol === 'http:' && isLoopback(url.host as Registry)
}

async function isFromTls({ url }: Request, error: unknown): Promise<boolean> {
  if (!(error instanceof PromotionError)) return false
  return isTlsAlert(error.cause) || (isPassing(error) && (await handshake(url)))
}

/** Tells whether a server completes a handshake, or fails it for its certificate's sake; nothing is sent to it. */
function handshake({ hostname, port }: URL): Promise<boolean> {
  return new Promise(resolve => {
    const host = withoutBrackets(hostname)
    const socket = connect({ host, port: Number(port || 80), timeout: TIMEOUT })
    const settle = (isTls: boolean): void => {
      socket.destroy()
      resolve(isTls)
    }
    socket
      .once('secureConnect', () => {
        settle(true)
      })
      .on('error', error => {
        settle(isCertificateError(error))
      })
      .once('timeout', () => {
        settle(false)
      })
  })
}

function speaksTls(request: Request): SpeaksTls {
  return new SpeaksTls('REGISTRY_UNAVAILABLE', `${describeRequest(request)}: it speaks TLS`, {
    advice: 'Check the host and port of the registry.'
  })
}
