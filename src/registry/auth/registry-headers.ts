/** The layer that adds the headers which the user's configuration has for a registry. */
import type { RegistryHeaders } from '../../oci/credential.ts'
import type { Send } from '../http/message.ts'

// What is shorter is in half of all texts: masked, it would make the log unreadable and outputs empty.
const SHORTEST_SECRET = 16

/**
 * Sends each request to a registry with its headers; requests without access, to a token server or an upload's address elsewhere,
 * get none. Values may be secrets, such as an access proxy's: `mask` gets those of 16 characters and more.
 */
export function addingHeaders(send: Send, find: RegistryHeaders, mask: (secret: string) => void): Send {
  return async request => {
    if (request.access === undefined) return send(request)
    const headers = await find(request.access.repository)
    for (const value of Object.values(headers)) if (value.length >= SHORTEST_SECRET) mask(value)
    return send({ ...request, headers: { ...headers, ...request.headers } })
  }
}
