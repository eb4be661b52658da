/** Hosts that only the runner can reach: a registry that names one may have it ask what nobody else could. */
import { BlockList, isIP } from 'node:net'
import { withoutBrackets } from './message.ts'

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

// Where clouds tell a machine its credentials, and the link that they do it on. Azure's and Alibaba's look like public addresses.
const metadata: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['169.254.0.0', 16, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'],
  ['fd20:ce::254', 128, 'ipv6']
]
const metadataAddresses = new BlockList()
for (const [network, prefix, family] of metadata) metadataAddresses.addSubnet(network, prefix, family)

// What /etc/hosts, Docker and Podman call this machine, and the clouds their metadata service.
const LOCAL_NAME =
  /^(?:(?:.+\.)?localhost|localhost\.localdomain|localhost[46]|ip6-(?:localhost|loopback)|(?:.+\.)?(?:docker|containers)\.internal)$/
const METADATA_NAME = /^(?:metadata(?:\.google\.internal|\.goog)?|instance-data(?:\.ec2\.internal)?)$/

/**
 * Tells whether a host is this machine, in a private network, link-local (cloud metadata) or multicast, by its address or its
 * name; the host as `URL` writes it, which makes addresses in other notations (decimal, hexadecimal, octal, IPv4 within IPv6)
 * plain.
 */
export function isLocalHost(hostname: string): boolean {
  const host = plain(hostname)
  return LOCAL_NAME.test(host) || isWithin(reservedAddresses, host) || isMetadataHost(hostname)
}

/** Tells whether a host, as `URL` writes it, is link-local or a cloud's metadata service: no server there is a token server. */
export function isMetadataHost(hostname: string): boolean {
  const host = plain(hostname)
  return METADATA_NAME.test(host) || isWithin(metadataAddresses, host)
}

function plain(hostname: string): string {
  return withoutBrackets(hostname).replace(/\.+$/, '')
}

function isWithin(addresses: BlockList, host: string): boolean {
  const family = isIP(host)
  return family !== 0 && addresses.check(host, family === 6 ? 'ipv6' : 'ipv4')
}
