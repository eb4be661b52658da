/** Listens on loopback: for every server that the tests start themselves. */
import type { AddressInfo, Server, Socket } from 'node:net'

/** A server that listens. */
export interface Listening {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** Ends the server and every connection to it. */
  close(): Promise<void>
}

/** Has a server (plain, TLS or HTTP) listen on a free port of 127.0.0.1. */
export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port.toString()}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      })
  }
}
