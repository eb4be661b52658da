/**
 * Which addresses connections may go to, checked where a name is looked up, so that the address checked is the one used:
 *
 *     link-local, a cloud's metadata service                        never
 *     the registry itself                                           any other
 *     a host that the registry names (token server, upload,         this machine: if the registry is on it too
 *       redirect)                                                    a private network: if the registry is in one, or on this
 *                                                                    machine
 *                                                                    public: always
 *
 * A proxy looks names up itself: behind one, only addresses in URLs are checked.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { type LookupFunction, isIP } from 'node:net'
import { PromotionError } from '../../oci/errors.ts'
import { isLocalHost, isMetadataHost } from './local-host.ts'
import { withoutBrackets } from './message.ts'

/** How near to the runner an address is; the farthest first. */
export const reaches = ['public', 'private', 'loopback'] as const
export type Reach = (typeof reaches)[number]

const LOOPBACK = /^(?:(?:::ffff:)?(?:127\.|0\.0\.0\.0$)|::1?$)/

/** Tells how near an address is. Throws `REGISTRY_REJECTED` if it is never connected to, or is nearer than `limit`. */
export function vetAddress(address: string, limit: Reach, hostname: string): Reach {
  if (isMetadataHost(address))
    throw refused(hostname, address, 'which is link-local or the metadata service of a cloud')
  const reach = LOOPBACK.test(address) ? 'loopback' : isLocalHost(address) ? 'private' : 'public'
  if (reaches.indexOf(reach) <= reaches.indexOf(limit)) return reach
  const where = reach === 'loopback' ? 'this machine' : 'in a private network'
  throw refused(hostname, address, `which is ${where}; the registry that names this host is not`)
}

/** Looks names up, and remembers how near their addresses are. */
export class Addresses {
  readonly #lookup: LookupFunction
  readonly #known = new Map<string, Reach>()

  /** `resolve` looks a name up; by default, this machine does. */
  constructor(resolve: LookupFunction = lookup) {
    this.#lookup = resolve
  }

  /** Returns how near the host of a URL may be if another host names it; unknown hosts count as public. */
  limitFor({ hostname }: URL, namedBy: URL | undefined): Reach {
    if (namedBy === undefined || namedBy.hostname === hostname) return 'loopback'
    return this.#known.get(namedBy.hostname) ?? 'public'
  }

  /** Checks a host that is an address. Throws `REGISTRY_REJECTED`. */
  vetHost(hostname: string, limit: Reach): void {
    const host = withoutBrackets(hostname)
    if (isIP(host) !== 0) this.#known.set(hostname, vetAddress(host, limit, hostname))
  }

  /** Creates a lookup that fails with a `PromotionError` for addresses that must not be connected to. */
  lookupWithin(limit: Reach): LookupFunction {
    return (hostname, options, callback) => {
      this.#lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error) {
          callback(error, [])
          return
        }
        try {
          const addresses = found as LookupAddress[]
          const near = addresses.map(({ address }) => vetAddress(address, limit, hostname))
          const farthest = reaches.find(reach => near.includes(reach))
          if (farthest) this.#known.set(hostname, farthest)
          const [first] = addresses
          if (options.all === true) callback(null, addresses)
          else callback(null, first?.address ?? '', first?.family)
        } catch (refusal) {
          callback(refusal as Error, [])
        }
      })
    }
  }
}

function refused(hostname: string, address: string, why: string): PromotionError {
  const what = withoutBrackets(hostname) === address ? address : `${hostname} is at ${address}`
  return new PromotionError('REGISTRY_REJECTED', `${what}, ${why}`, {
    advice:
      'Retag sends nothing there. Check that the registry is the one you mean, and what the name resolves to on the runner.'
  })
}
