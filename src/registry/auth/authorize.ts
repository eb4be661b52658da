/** The layer that authorizes requests: it answers the challenges of registries. */
import type { Send } from '../http/message.ts'
import { formatScope } from './scope.ts'
import { type AuthDependencies, TokenCache } from './token-cache.ts'

/**
 * Sends each request with the authorization that its access needs. However many requests there are with the same access to
 * one origin, they share one 401 and one token.
 */
export function authorizing(send: Send, dependencies: AuthDependencies): Send {
  const caches = new Map<string, TokenCache>()
  return request => {
    if (request.access === undefined) return send(request)
    const { protocol, host } = request.url
    // Not `origin`: that of a blob: URL is the origin of the URL inside.
    const key = `${protocol}//${host} ${formatScope(request.access)}`
    const cache = caches.get(key) ?? new TokenCache(send, dependencies, request.access)
    caches.set(key, cache)
    return cache.send(request)
  }
}
