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
 */
import { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { isLocalHost } from '../http/local-host.ts'

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
    advice: 'Check that the registry is the one you mean; if it is, its administrator has to fix this.'
  })
}

function objection(url: URL, registry: URL): string | undefined {
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:'))
    return 'it does not speak https'
  if (url.username !== '' || url.password !== '') return 'the address has a user in it'
  const isLocal = url.hostname !== registry.hostname && isLocalHost(url.hostname)
  return isLocal ? 'it is on this machine or in a private network, and not the registry itself' : undefined
}
