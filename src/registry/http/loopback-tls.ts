/**
 * Registries on this machine may speak plain HTTP or TLS (Docker tries both). Plain HTTP is tried first. As the first answer, any of
 * these means that the server wants TLS:
 *
 *     400, "HTTP request to an HTTPS server"     Go, nginx, Apache
 *     a TLS alert instead of HTTP                OpenSSL
 *     the connection breaks                      Node and others: confirmed by a handshake
 *
 * Certificates are verified as for any other host.
 */
import { connect } from 'node:tls'
import { PromotionError } from '../../oci/errors.ts'
import { type Registry, isLoopback } from '../../oci/registry-host.ts'
import { readErrorBody } from './error-body.ts'
import { type Request, type Response, type Send, describeRequest, withoutBrackets } from './message.ts'
import { isCertificateError, isPassing, isTlsAlert } from './network-error.ts'

/** How long a handshake on this machine may take, in milliseconds. */
const TIMEOUT = 5_000

/** A server that speaks TLS got plain HTTP. The error has no cause, so that it is not retried. */
class SpeaksTls extends PromotionError {}

/** Finds out which registries on this machine want TLS. */
export class LoopbackTls {
  readonly #plain = new Set<string>()
  readonly #secure = new Set<string>()

  /** Tells whether a registry on this machine is known to want TLS. */
  readonly wantsTls = (registry: Registry): boolean => this.#secure.has(registry)

  /** The lower layer: fails, without a retry, if a registry wants TLS. */
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

  /** The upper layer: sends over TLS what a registry does not accept without. */
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

/** Tells whether an answer over plain HTTP says that the server wants TLS. */
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

/** Tells whether a server completes a handshake, or would but for its certificate; no request is sent. */
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
