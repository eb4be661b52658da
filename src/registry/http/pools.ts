/** The connections of a run: a pool for each origin, reach of its address, and set of trusted certificates. */
import type { SecureContext } from 'node:tls'
import { Addresses, type Reach } from './addresses.ts'
import type { EarlyConnections } from './early-connections.ts'
import type { Request } from './message.ts'
import { type Pool, openPool } from './pool.ts'
import { type TrustFor, certificatePlaces, trustIn } from './trust.ts'

/** What connections need from the machine. */
export interface Machine {
  readonly addresses: Addresses
  /** Connections that requests take over. */
  readonly early: EarlyConnections | undefined
  /** Called once for an origin whose certificate Node does not trust. */
  readonly trustFor: TrustFor
}

/** All pools of a run. */
export class Pools {
  readonly #pools = new Map<string, Pool>()
  readonly #addresses: Addresses
  readonly #early: EarlyConnections | undefined
  readonly #trustFor: TrustFor
  readonly #reading = new Map<string, Promise<void>>()
  readonly #contexts = new Map<string, SecureContext>()

  constructor({ early, addresses = early?.addresses ?? new Addresses(), trustFor }: Partial<Machine>) {
    this.#addresses = addresses
    this.#early = early
    this.#trustFor = trustFor ?? trustIn(certificatePlaces(process.env, process.platform))
  }

  /**
   * Returns the pool for a request. All requests of a pool share its connections, so requests that may reach nearer hosts have
   * another pool. Throws for a URL that is not HTTP, or that must not be connected to.
   */
  poolFor({ url, namedBy }: Request): Pool {
    const limit = this.#addresses.limitFor(url, namedBy)
    // Other schemes, such as blob:, have an origin too: Node would send to port 80 of localhost.
    if (!['http:', 'https:'].includes(url.protocol)) throw new Error(`${url.protocol} is not HTTP`)
    this.#addresses.vetHost(url.hostname, limit)
    const key = this.#key(url, limit)
    const pool = this.#pools.get(key) ?? this.#open(url, limit)
    this.#pools.set(key, pool)
    return pool
  }

  /** Tells whether connections to a URL trust what Docker trusts. */
  trustsMore({ origin }: URL): boolean {
    return this.#contexts.has(origin)
  }

  /** Makes connections to a URL trust what Docker trusts, from the next request on. Throws as {@link TrustFor} does. */
  trustMore(url: URL): Promise<void> {
    const { origin } = url
    const reading =
      this.#reading.get(origin) ??
      this.#trustFor(url).then(context => {
        this.#contexts.set(origin, context)
      })
    this.#reading.set(origin, reading)
    return reading
  }

  /** Opens another connection to an origin that has had a request. */
  preconnect(url: URL): void {
    this.#pools.get(this.#key(url, 'loopback'))?.preconnect()
  }

  /** Breaks all connections. */
  close(): void {
    for (const pool of this.#pools.values()) pool.close()
    this.#early?.close()
  }

  #open(url: URL, limit: Reach): Pool {
    return openPool(url, {
      lookup: this.#addresses.lookupWithin(limit),
      secureContext: this.#contexts.get(url.origin),
      first: this.#early?.take(url)
    })
  }

  #key(url: URL, limit: Reach): string {
    return `${url.origin} ${limit} ${this.trustsMore(url).toString()}`
  }
}
