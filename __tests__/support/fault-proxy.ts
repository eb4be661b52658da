/** A proxy between the action and a registry, which does something wrong with one request and passes on all others. */
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as ask
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What can go wrong with an exchange; "applied" means that the registry has received and answered the request. */
export type Fault =
  | 'reset before it is applied'
  | 'reset in the middle of the answer'
  | 'reset after it is applied'
  | 'stalls before it is applied'
  | '500 after it is applied'
  | '502 with HTML, not applied'
  | '503 with Retry-After, not applied'
  | '429, not applied'
  | 'truncated answer'
  | 'garbage for an answer'

/** A proxy that runs. */
export interface FaultProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** The requests so far, as `PUT /v2/a/manifests/1`. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

/** Which requests are to suffer which fault. */
export interface FaultPlan {
  readonly fault: Fault
  /** Tells whether a request is to suffer it; `index` counts all requests from 0. */
  readonly strikes: (line: string, index: number) => boolean
}

/** Lists all faults. */
export function faults(): Fault[] {
  return Object.keys(courses) as Fault[]
}

/** Starts a proxy before `upstream` (`127.0.0.1:PORT`); without a plan it passes on everything. */
export async function startFaultProxy(upstream: string, plan?: FaultPlan): Promise<FaultProxy> {
  const requests: string[] = []
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method ?? ''} ${incoming.url ?? ''}`
    const isStruck = plan?.strikes(line, requests.length) ?? false
    requests.push(line)
    handle({ incoming, outgoing, upstream }, isStruck ? plan?.fault : undefined).catch(() =>
      outgoing.destroy()
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port.toString()}`,
    requests,
    close: () => close(server)
  }
}

interface Passage {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly upstream: string
}

interface Passed {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** How an exchange goes on: whether the registry is asked, and what is made of its answer. */
interface Course {
  readonly isApplied: boolean
  readonly answer: (outgoing: ServerResponse, passed: Passed) => void
}

const plain: Course = {
  isApplied: true,
  answer: (outgoing, { status, headers, body }) => {
    outgoing.writeHead(status, headers).end(body)
  }
}

const reset = (outgoing: ServerResponse): void => {
  outgoing.destroy()
}

const courses: Readonly<Record<Fault, Course>> = {
  'reset before it is applied': { isApplied: false, answer: reset },
  'reset after it is applied': { isApplied: true, answer: reset },
  'stalls before it is applied': { isApplied: false, answer: () => undefined },
  '500 after it is applied': { isApplied: true, answer: refuse(500) },
  '502 with HTML, not applied': { isApplied: false, answer: refuse(502, { 'content-type': 'text/html' }) },
  '503 with Retry-After, not applied': { isApplied: false, answer: refuse(503, { 'retry-after': '1' }) },
  '429, not applied': { isApplied: false, answer: refuse(429) },
  'reset in the middle of the answer': {
    isApplied: true,
    answer: (outgoing, { status }) => {
      outgoing.socket?.write(`HTTP/1.1 ${status.toString()} OK\r\nDocker-Content-Dig`, () =>
        outgoing.destroy()
      )
    }
  },
  'truncated answer': {
    isApplied: true,
    answer: (outgoing, { status, headers, body }) => {
      outgoing.writeHead(status, { ...headers, 'content-length': body.length + 100 })
      outgoing.write(body, () => outgoing.socket?.end())
      outgoing.flushHeaders()
    }
  },
  'garbage for an answer': {
    isApplied: true,
    answer: outgoing => {
      outgoing.socket?.end('SSH-2.0-OpenSSH_9.2\r\n\u0000\u0001\r\n\r\n')
    }
  }
}

async function handle(passage: Passage, fault: Fault | undefined): Promise<void> {
  const body = await buffer(passage.incoming)
  const course = fault === undefined ? plain : courses[fault]
  const nothing: Passed = { status: 0, headers: {}, body: Buffer.alloc(0) }
  course.answer(passage.outgoing, course.isApplied ? await passOn(passage, body) : nothing)
}

function refuse(status: number, headers: Record<string, string> = {}): Course['answer'] {
  return outgoing => {
    outgoing.writeHead(status, headers).end('<html><body><h1>A proxy in trouble</h1></body></html>')
  }
}

function passOn({ incoming, upstream }: Passage, body: Buffer): Promise<Passed> {
  return new Promise((resolve, reject) => {
    const [host = '', port = ''] = upstream.split(':')
    const { method = 'GET', url = '/', headers } = incoming
    const forwarded = ask(
      { host, port, method, path: url, headers: { ...headers, connection: 'close' } },
      response => {
        buffer(response).then(received => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received })
        }, reject)
      }
    )
    forwarded.on('error', reject).end(body)
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve =>
    server.close(() => {
      resolve()
    })
  )
}
