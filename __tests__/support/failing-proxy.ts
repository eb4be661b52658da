/** A proxy before a registry that lets writes of manifests fail, as a test says, and passes on all else. */
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { digestOf } from './images.ts'
import { type Listening, listen } from './loopback.ts'

/** How a write fails: before the registry hears of it, or after it was done, when the answer gets lost. */
export type Fault = 'denied' | 'unavailable' | 'cut off' | 'answer lost'

/** Starts a proxy before `registry`; `fails` is asked at each write, the first is number 0. A repeat of a write keeps its number. */
export async function startFailingProxy(
  registry: { readonly host: string },
  fails: (number: number) => Fault | undefined
): Promise<Listening> {
  const writes: string[] = []
  const numberOf = (write: string): number =>
    writes.includes(write) ? writes.indexOf(write) : writes.push(write) - 1
  const handle = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = '' } = asked
    const body = await buffer(asked)
    const isWrite = method === 'PUT' && url.includes('/manifests/')
    const fault = isWrite ? fails(numberOf(`${url} ${digestOf(body)}`)) : undefined
    if (fault === 'denied') refuse(response, 403)
    else if (fault === 'unavailable') refuse(response, 503)
    else if (fault === 'cut off') response.destroy()
    else {
      const answer = await ask(asked, body, registry.host)
      if (fault === 'answer lost') response.destroy()
      else response.writeHead(answer.status, answer.headers).end(answer.body)
    }
  }
  const server = createServer((asked, response) => {
    handle(asked, response).catch(() => response.destroy())
  })
  return listen(server)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ errors: [{ code: 'TESTED', message: 'this write is to fail' }] }))
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function ask({ method, url, headers }: IncomingMessage, body: Buffer, authority: string): Promise<Answer> {
  const [hostname = '', port = ''] = authority.split(':')
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: url, headers, agent: false } as const
    const asked = request(options, answer => {
      buffer(answer)
        .then(received => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: received })
        })
        .catch(reject)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
