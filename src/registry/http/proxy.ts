/**
 * Which proxy a URL is reached through, by `https_proxy`, `http_proxy` and `no_proxy` (or in capitals). An entry of `no_proxy`,
 * separated by commas or spaces, is one of (as in Go's `http/httpproxy`)
 *
 *     *                                    every host
 *     example.com                          the host and its subdomains
 *     .example.com, *.example.com          its subdomains
 *     10.0.0.5, [fd00::1]                  an address
 *     10.0.0.0/8, fd00::/8                 all addresses of a network
 *     …:8443                               any of these but a network, at this port only
 *
 * This machine is never reached through a proxy. Names are compared without being resolved.
 */
import { BlockList, isIP } from 'node:net'
import { PromotionError } from '../../oci/errors.ts'
import { withoutBrackets } from './message.ts'

/** The variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>

const LOCAL = /^(?:(?:.+\.)?localhost|127\..*|::1)$/

/** Gives the proxy for a URL; undefined where there is none. Throws `INPUT_INVALID` for one that is not valid. */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY']
  const name = names.find(candidate => env[candidate])
  if (name === undefined || isBypassed(url, [env.no_proxy, env.NO_PROXY].find(Boolean) ?? ''))
    return undefined
  return parseProxy(name, env[name] ?? '')
}

function isBypassed({ hostname, port, protocol }: URL, list: string): boolean {
  const host = withoutBrackets(hostname)
  if (LOCAL.test(host)) return true
  const at = port || (protocol === 'https:' ? '443' : '80')
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some(entry => fits(entry, host, at))
}

function fits(entry: string, host: string, at: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isWithin(host, entry)
  const text = isIP(entry) === 6 ? `[${entry}]` : entry
  const [, name = '', port = at] = /^(.+?)(?::([0-9]+))?$/.exec(text) ?? []
  return name !== '' && port === at && isNamed(host, name.replace(/^\*(?=\.)/, ''))
}

function isNamed(host: string, name: string): boolean {
  if (name.startsWith('.')) return host.endsWith(name)
  return host === withoutBrackets(name) || (isIP(host) === 0 && host.endsWith(`.${name}`))
}

function isWithin(host: string, network: string): boolean {
  const [address = '', prefix = ''] = network.split('/')
  const own = isIP(withoutBrackets(address))
  const bits = Number(prefix)
  if (own === 0 || isIP(host) !== own || !/^[0-9]{1,3}$/.test(prefix) || bits > (own === 6 ? 128 : 32))
    return false
  const list = new BlockList()
  const type = own === 6 ? 'ipv6' : 'ipv4'
  list.addSubnet(withoutBrackets(address), bits, type)
  return list.check(host, type)
}

/** Parses a proxy as http-client does; that ignores a proxy silently where this throws. */
function parseProxy(name: string, text: string): URL {
  const url = URL.canParse(text) || text.includes('://') ? text : `http://${text}`
  const proxy = URL.canParse(url) ? new URL(url) : undefined
  const isUsable = proxy && ['http:', 'https:'].includes(proxy.protocol) && isDecodable(proxy)
  if (isUsable) return proxy
  // The value may hold a password: no part of it is shown.
  throw new PromotionError('INPUT_INVALID', `${name} is not a valid proxy URL`, {
    advice:
      'Write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with special characters of the password percent-encoded (%40 for @).'
  })
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}
