/**
 * Where a token server may be. The registry names it in a challenge, so a hostile registry or a man in the middle could have
 * the password sent anywhere, or make the runner request hosts that only it can reach:
 *
 *     registry     token server                                                                allowed
 *     any          https, the registry's own host on any port                                  yes
 *     any          https, any other public host (auth.docker.io)                               yes
 *     plain HTTP   http, the registry's own host on any port                                   yes
 *     plain HTTP   http, any other host                                                        no
 *     https        http                                                                        no
 *     any          another host that is this machine, in a private network, or multicast       no
 *     any          link-local, or a cloud's metadata service, even as the registry's own host  no
 *     any          with a user name or password in the address                                 no
 *
 * These are the rules for names and for addresses in a URL. The transport checks the address that a name resolves to.
 */
import { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { isLocalHost, isMetadataHost } from '../http/local-host.ts'

/**
 * Reads a realm, which may be relative to the URL of the request that was challenged. Throws `REGISTRY_REJECTED` if no token
 * server may be there.
 */
export function parseRealm(realm: string | undefined, registry: URL): URL {
  if (realm === undefined || !URL.canParse(realm, registry.href))
    throw unusable(`its token server is "${printable(realm ?? '')}", which is not a valid URL`)
  const url = new URL(realm, registry)
  vetTokenServer(url, registry)
  return url
}

/** Throws `REGISTRY_REJECTED` if the token server of a registry may not be at a URL, by the table above. */
export function vetTokenServer(url: URL, registry: URL): void {
  const why = objection(url, registry)
  if (why === undefined) return
  throw unusable(
    `its token server is "${printable(url.origin)}", and no credential can be sent there: ${why}`
  )
}

/** Creates the error for a registry whose tokens cannot be used. */
export function unusable(what: string): PromotionError {
  return new PromotionError('REGISTRY_REJECTED', `the registry asks for a token, but ${what}`, {
    advice: 'Check that this is the registry you mean. If it is, its administrator has to fix this.'
  })
}

function objection(url: URL, registry: URL): string | undefined {
  const isOwnHost = url.hostname === registry.hostname
  const isPlain = isOwnHost && url.protocol === 'http:' && registry.protocol === 'http:'
  if (url.protocol !== 'https:' && !isPlain) return 'it does not use https'
  if (url.username !== '' || url.password !== '') return 'the address contains a user name or password'
  if (isMetadataHost(url.hostname)) return 'it is link-local, or the metadata service of a cloud'
  return !isOwnHost && isLocalHost(url.hostname)
    ? "it is on this machine or in a private network, and not on the registry's own host"
    : undefined
}
