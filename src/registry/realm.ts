/**
 * Where a token server may be. A registry names it, so a registry that is hostile, or is spoken for by somebody in
 * between, could have credentials sent anywhere, or have the runner ask what only the runner can reach:
 *
 *     registry            its token server                                                           allowed
 *     https://…           http://…                                                                   no
 *     any                 https://user:password@…                                                    no
 *     any                 this machine, a private network, link-local (cloud metadata), multicast    no
 *     http://10.0.0.5     http://10.0.0.5:5001     the registry's own host, on any port              yes
 *     https://…           https://auth.docker.io   any other host                                    yes
 *
 * Addresses in other notations (decimal, hexadecimal, octal, IPv4 within IPv6) are made plain before, by `URL`.
 */
import { BlockList, isIP } from 'node:net'
import { PromotionError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'

// IANA's special-purpose address registries, as far as no public server can be there. IPv4 counts within ::ffff:0:0/96 too.
const reserved: readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  // Unspecified, loopback, IPv4-compatible.
  ['::', 96, 'ipv6'],
  // IPv4 behind a translator: NAT64, 6to4.
  ['64:ff9b::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  // Unique local, link-local and site-local, multicast.
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 9, 'ipv6'],
  ['ff00::', 8, 'ipv6']
]
const reservedAddresses = new BlockList()
for (const [network, prefix, family] of reserved) reservedAddresses.addSubnet(network, prefix, family)

const LOCAL_NAME = /^(?:localhost|.+\.localhost|metadata\.google\.internal)$/

/** Reads a realm, which may be relative to what was asked. Throws `REGISTRY_REJECTED` where no token server may be. */
export function parseRealm(realm: string | undefined, asked: URL): URL {
  if (realm === undefined || !URL.canParse(realm, asked.href))
    throw unusable(`its token server is "${printable(realm ?? '')}", which is no address`)
  const url = new URL(realm, asked)
  vetTokenServer(url, asked)
  return url
}

/** Throws `REGISTRY_REJECTED` where the token server of a registry may not be, by the table above. */
export function vetTokenServer(url: URL, registry: URL): void {
  const why = objection(url, registry)
  if (why === undefined) return
  throw unusable(
    `its token server is "${printable(url.origin)}", and no credential can be sent there: ${why}`
  )
}

/** Makes the error of a registry whose tokens cannot be got. */
export function unusable(what: string): PromotionError {
  return new PromotionError('REGISTRY_REJECTED', `the registry asks for a token, but ${what}`, {
    advice: 'Check that the registry is the one you mean; if it is, its administrator has to mend this.'
  })
}

function objection(url: URL, registry: URL): string | undefined {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:'))
    return 'it does not speak https'
  if (url.username !== '' || url.password !== '') return 'the address has a user in it'
  const isLocal = url.hostname !== registry.hostname && isLocalHost(url.hostname)
  return isLocal ? 'it is on this machine or in a private network, and not the registry itself' : undefined
}

function isLocalHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  const family = isIP(host)
  if (family === 0) return LOCAL_NAME.test(host)
  return reservedAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
