/** Hosts that only the runner can reach: a registry that names one could use the runner to reach what it cannot. */
import { BlockList, isIP } from 'node:net'
import { withoutBrackets } from './message.ts'

// IANA's special-purpose address registries: the ranges where no public server can be. IPv4 rules also apply within ::ffff:0:0/96.
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

// Clouds' metadata services, which hand out credentials, and link-local addresses. Azure's and Alibaba's look like public ones.
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

// Names of this machine in /etc/hosts, Docker and Podman, and of the clouds' metadata services.
const LOCAL_NAME =
  /^(?:(?:.+\.)?localhost|localhost\.localdomain|localhost[46]|ip6-(?:localhost|loopback)|(?:.+\.)?(?:docker|containers)\.internal)$/
const METADATA_NAME = /^(?:metadata(?:\.google\.internal|\.goog)?|instance-data(?:\.ec2\.internal)?)$/

/**
 * Tells whether a host is this machine, in a private network, link-local (cloud metadata) or multicast, by its address or name.
 * The host is as `URL` writes it, which normalises other notations of addresses (decimal, hexadecimal, octal, IPv4 within IPv6).
 */
export function isLocalHost(hostname: string): boolean {
  const host = plain(hostname)
  return LOCAL_NAME.test(host) || isWithin(reservedAddresses, host) || isMetadataHost(hostname)
}

/** Tells whether a host, as `URL` writes it, is link-local or a cloud's metadata service, where there can be no token server. */
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
