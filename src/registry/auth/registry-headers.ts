/** The layer that adds headers from the user's configuration. */
import type { RegistryHeaders } from '../../oci/credential.ts'
import type { Send } from '../http/message.ts'

// Shorter values occur in most texts: masking them would make the log unreadable and outputs empty.
const SHORTEST_SECRET = 16

/**
 * Adds a registry's headers to requests to it. Requests without access, such as those to a token server, get none. Values may be
 * secrets, such as an access proxy's: `mask` gets those of 16 characters and more.
 */
export function addingHeaders(send: Send, find: RegistryHeaders, mask: (secret: string) => void): Send {
  return async request => {
    if (request.access === undefined) return send(request)
    const headers = await find(request.access.repository)
    for (const value of Object.values(headers)) if (value.length >= SHORTEST_SECRET) mask(value)
    return send({ ...request, headers: { ...headers, ...request.headers } })
  }
}
