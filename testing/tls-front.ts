/** Terminates TLS in front of a plain server, like a registry's reverse proxy. */
import { connect } from 'node:net'
import { pipeline } from 'node:stream'
import { createServer } from 'node:tls'
import type { Certificate } from './certificate.ts'
import { type Listening, listen } from './loopback.ts'

/** Starts a TLS server that forwards everything to the plain server at `to` (`127.0.0.1:PORT`). */
export function startTlsFront(to: string, { certificate, key }: Certificate): Promise<Listening> {
  const [hostname = '', port = ''] = to.split(':')
  const server = createServer({ cert: certificate, key, noDelay: true }, client => {
    const behind = connect({ host: hostname, port: Number(port), noDelay: true })
    // Whichever side ends or breaks, both are closed; the client's error tells the test what happened.
    pipeline(client, behind, client, () => undefined)
  })
  return listen(server)
}
