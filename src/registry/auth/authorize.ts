/** The layer that authorizes requests: it answers the challenges of registries. */
import type { Send } from '../http/message.ts'
import { KnownRegistry } from './known-registry.ts'
import { formatScope } from './scope.ts'
import { type AuthDependencies, TokenCache } from './token-cache.ts'

/**
 * Sends each request with the authorization that its access needs. However many requests there are with the same access to
 * one origin, they share one 401 and one token. What is known about the origin itself is shared by all accesses to it.
 */
export function authorizing(send: Send, dependencies: AuthDependencies): Send {
  const registries = new Map<string, KnownRegistry>()
  const caches = new Map<string, TokenCache>()
  return request => {
    const { access, url } = request
    if (access === undefined) return send(request)
    // Not `origin`: that of a blob: URL is the origin of the URL inside.
    const origin = `${url.protocol}//${url.host}`
    const key = `${origin} ${formatScope(access)}`
    const registry = registries.get(origin) ?? new KnownRegistry()
    registries.set(origin, registry)
    const cache = caches.get(key) ?? new TokenCache(access, registry, { ...dependencies, send })
    caches.set(key, cache)
    return cache.send(request)
  }
}
