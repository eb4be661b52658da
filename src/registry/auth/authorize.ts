/** Answers challenges, so that every request goes out with what its access needs. */
import type { Send } from '../http/message.ts'
import { formatScope } from './scope.ts'
import { type Identity, Session } from './token-cache.ts'

/**
 * Sends requests with the authorization that their access needs. One 401 and one token request serve all requests with the
 * same access to one origin, however many there are.
 */
export function authorizing(send: Send, identity: Identity): Send {
  const sessions = new Map<string, Session>()
  return request => {
    if (request.access === undefined) return send(request)
    const key = `${request.url.origin} ${formatScope(request.access)}`
    const session = sessions.get(key) ?? new Session(send, identity, request.access)
    sessions.set(key, session)
    return session.send(request)
  }
}
