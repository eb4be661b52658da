/** One debug line for each exchange, with nothing secret in it. */
import { printable } from '../../oci/printable.ts'
import { type Send, describeRequest } from './message.ts'

// Of queries only these are shown: others may be signatures or tokens (go-containerregistry redacts the same way).
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

/** Tells `log` of every exchange: method, address, status, size and time. */
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
      // Most errors begin with what was asked, as this line does.
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
