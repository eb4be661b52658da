/** Logs a debug line for each exchange, without secrets. */
import { printable } from '../../oci/printable.ts'
import { type Send, describeRequest } from './message.ts'

// Only these query parameters are shown: others may be signatures or tokens (go-containerregistry does the same).
const HARMLESS: readonly string[] = [
  'service',
  'scope',
  'mount',
  'from',
  'digest',
  'artifactType',
  'n',
  'last',
  'tag'
]

/** Logs every exchange: method, URL, status, size and time. */
export function tracing(send: Send, log: (line: string) => void): Send {
  return async request => {
    const start = performance.now()
    const asked = describeRequest(request)
    const line = `${asked}${query(request.url)}`
    const took = (): string => `${(performance.now() - start).toFixed(0)} ms`
    try {
      const response = await send(request)
      log(
        `${line} → ${response.status.toString()} ${printable(response.headers['content-type'] ?? '')} ${response.body.length.toString()} bytes, ${took()}`
      )
      return response
    } catch (error) {
      // Most errors begin with the request, as this line does.
      const failure = error instanceof Error ? error.message.replace(`${asked}: `, '') : 'no answer'
      log(`${line} → ${failure}, ${took()}`)
      throw error
    }
  }
}

function query({ searchParams }: URL): string {
  const shown = [...searchParams].map(([name, value]) => `${name}=${HARMLESS.includes(name) ? value : '…'}`)
  return shown.length === 0 ? '' : `?${printable(shown.join('&'))}`
}
