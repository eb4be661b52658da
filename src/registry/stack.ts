/** The layers between `RegistryClient` and the wire: the one list of them, for the action and for its tests. */
import type { Keychain, RegistryHeaders } from '../oci/credential.ts'
import { authorizing } from './auth/authorize.ts'
import { addingHeaders } from './auth/registry-headers.ts'
import type { LoopbackTls } from './http/loopback-tls.ts'
import type { Send } from './http/message.ts'
import { watchingQuota } from './http/rate-limit.ts'
import { followingRedirects } from './http/redirect.ts'
import { type Secrets, redacting } from './http/redact.ts'
import { retrying } from './http/retry.ts'
import { Throttle } from './http/throttle.ts'
import { tracing } from './http/trace.ts'
import type { Transport } from './http/transport.ts'
import { showingWarnings } from './http/warnings.ts'

/** What the layers depend on. */
export interface StackDependencies {
  readonly transport: Pick<Transport, 'send' | 'preconnect'>
  readonly keychain: Keychain
  readonly registryHeaders: RegistryHeaders
  /** Shared with the client, whose URLs it decides. */
  readonly loopback: LoopbackTls
  readonly clock: {
    /** Milliseconds on a monotonic clock. */
    readonly now: () => number
    /** Milliseconds since 1970. */
    readonly date: () => number
    readonly sleep: (milliseconds: number) => Promise<void>
  }
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  /** Gets each secret as soon as it is known. */
  readonly secrets: Secrets
  /** Logs an exchange. */
  readonly debug: (line: string) => void
  /** Logs a wait. */
  readonly info: (line: string) => void
  readonly warning: (line: string) => void
}

/**
 * Puts the layers together. A request passes them from the top, its answer from the bottom.
 *
 * - What is on top of authorization gives it the URL that a request goes to in the end.
 * - Authorization is above all else: a token request is retried, redirected and logged like any other, and no server that a request
 *   is redirected to is ever shown a credential.
 * - Retries are above redirects: the address that a redirect led to may have expired, so the registry is asked for a new one.
 * - What is below sees every single exchange.
 * - Only the transport is below redaction: no other layer sees a secret that a server quotes.
 */
export function registryStack(dependencies: StackDependencies): Send {
  const { transport, keychain, registryHeaders, loopback, clock, random, secrets } = dependencies
  const { debug, info, warning } = dependencies
  const mask = (secret: string): void => {
    secrets.add(secret)
  }
  const { now, date, sleep } = clock
  const time = { now: date, random, sleep }
  const throttle = new Throttle({ ...time, log: info })
  const layers: readonly ((send: Send) => Send)[] = [
    loopback.switching,
    send => addingHeaders(send, registryHeaders, mask),
    send => authorizing(send, { keychain, mask, preconnect: transport.preconnect, now, sleep }),
    send => retrying(send, { ...time, isExhausted: throttle.isExhausted, log: info }),
    followingRedirects,
    throttle.layer,
    send => showingWarnings(send, warning),
    send => watchingQuota(send, warning),
    loopback.detecting,
    send => tracing(send, debug),
    send => redacting(send, secrets)
  ]
  return layers.reduceRight((send, layer) => layer(send), transport.send)
}
