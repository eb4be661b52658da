/** Hosts that only the runner can reach: a registry that names one may have it ask what nobody else could. */
import { BlockList, isIP } from 'node:net'

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

/**
 * Tells whether a host is this machine, in a private network, link-local (cloud metadata) or multicast, by its address or its
 * name; the host as `URL` writes it, which makes addresses in other notations (decimal, hexadecimal, octal, IPv4 within IPv6)
 * plain.
 */
export function isLocalHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  const family = isIP(host)
  if (family === 0) return LOCAL_NAME.test(host)
  return reservedAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
