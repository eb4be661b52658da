/** Shows the warnings that registries send (OCI distribution specification, *Warnings*). */
import { printable } from '../../oci/printable.ts'
import type { Send } from './message.ts'

// In one run.
const MAXIMUM_WARNINGS = 10
const MAXIMUM_LENGTH = 4 * 1024
// The only code and agent that clients accept (specification).
const WARNING = /(?:^|,)\s*299 - "((?:[^"\\]|\\.)*)"/g

/** Parses a `Warning` header: `299 - "text"`, several separated by commas. */
function readWarnings(header: string | undefined): string[] {
  const matches = (header ?? '').slice(0, MAXIMUM_LENGTH).matchAll(WARNING)
  return [...matches]
    .map(([, text = '']) => printable(text.replace(/\\(.)/g, '$1')))
    .filter(text => text !== '')
}

/** Logs each warning of a host once, at most ten in a run. */
export function showingWarnings(send: Send, log: (line: string) => void): Send {
  const shown = new Set<string>()
  return async request => {
    const response = await send(request)
    for (const text of readWarnings(response.headers.warning)) {
      const line = `${request.url.host} warns: ${text}`
      if (shown.has(line) || shown.size === MAXIMUM_WARNINGS) continue
      shown.add(line)
      log(line)
    }
    return response
  }
}
