/** Listens on loopback, for all servers that tests start. */
import type { AddressInfo, Server, Socket } from 'node:net'

/** A listening server. */
export interface Listening {
  /** `127.0.0.1:PORT`, or the given address */
  readonly host: string
  /** Ends the server and every connection to it. */
  close(): Promise<void>
}

/** Makes a server (TCP, TLS or HTTP) listen on a free port of 127.0.0.1, or of another address of this machine. */
export async function listen(server: Server, address = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    host: `${address}:${port.toString()}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => {
          resolve()
        })
        for (const socket of sockets) socket.destroy()
      })
  }
}
