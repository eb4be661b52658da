/** A server that answers exactly the exchanges it was given, well or badly: what a well-behaved registry would never do. */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { listen } from './loopback.ts'
import type { LoggedRequest } from './registry-server.ts'

/**
 * How an answer goes wrong:
 *
 *     reset        the connection is reset before a byte is sent
 *     stall        no byte is ever sent, and the request's body is not read
 *     truncate     the connection ends in the middle of the body
 *     stall-body   the body stops in its middle, the connection stays
 *     endless      the body is sent again and again, as fast as it is read
 *     drip         the body is sent again and again, every few milliseconds
 *     raw          the body is all that is sent: no status line, no headers but those that it holds itself
 */
export type Fault = 'reset' | 'stall' | 'truncate' | 'stall-body' | 'endless' | 'drip' | 'raw'

/** What is answered. */
export interface Answer {
  /** 200 when it is not given. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  readonly fault?: Fault
}

/** A request that is expected, and the answer to it. */
export interface Exchange {
  readonly method: string
  /** With the query, as it stands in the request line. */
  readonly path: string
  readonly answer: Answer
  /** How often it is expected: once when it is not given, any number of times or never where that depends on speed. */
  readonly times?: number | 'any'
}

/** A running script. */
export interface Script {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** `http://127.0.0.1:PORT` */
  readonly base: string
  /** All requests so far, in the order they came. The status of an answer without one is 0. */
  readonly requests: readonly LoggedRequest[]
  /** How many connections were opened so far. */
  readonly connections: number
  /** Ends the server. Throws when a request came that was not expected, or one that was expected did not come. */
  close(): Promise<void>
}

/** Starts a server on a free port of 127.0.0.1. Of several exchanges with one method and path, the first is answered first. */
export async function startScript(
  exchanges: readonly Exchange[],
  { inOrder = false }: { readonly inOrder?: boolean } = {}
): Promise<Script> {
  const book = new Book(exchanges, inOrder)
  const requests: LoggedRequest[] = []
  let connections = 0
  const server = createServer((request, response) => {
    const answer = book.answerTo(request)
    requests.push(logged(request, answer))
    reply(request, response, answer)
  }).on('connection', () => connections++)
  const listening = await listen(server)
  return {
    host: listening.host,
    base: `http://${listening.host}`,
    requests,
    get connections() {
      return connections
    },
    close: async () => {
      await listening.close()
      const complaints = book.complaints()
      if (complaints.length > 0) throw new Error(`the script was not followed\n${complaints.join('\n')}`)
    }
  }
}

/** What is still expected, and what came though it was not. */
class Book {
  readonly #due: Exchange[]
  readonly #inOrder: boolean
  readonly #unexpected: string[] = []

  constructor(exchanges: readonly Exchange[], inOrder: boolean) {
    this.#inOrder = inOrder
    this.#due = exchanges.flatMap(exchange => {
      const { times = 1 } = exchange
      return Array.from({ length: times === 'any' ? 1 : times }, () => exchange)
    })
  }

  answerTo({ method = '', url = '' }: IncomingMessage): Answer {
    const index = this.#due.findIndex(due => due.method === method && due.path === url)
    const exchange = this.#inOrder && index > 0 ? undefined : this.#due[index]
    if (exchange === undefined) {
      this.#unexpected.push(`not expected: ${method} ${url}`)
      return { status: 501, body: 'This request is not in the script.' }
    }
    if (exchange.times !== 'any') this.#due.splice(index, 1)
    return exchange.answer
  }

  complaints(): string[] {
    const missing = this.#due.filter(({ times }) => times !== 'any')
    return [...this.#unexpected, ...missing.map(({ method, path }) => `never asked: ${method} ${path}`)]
  }
}

function logged({ method = '', url: path = '', headers }: IncomingMessage, answer: Answer): LoggedRequest {
  const hasNone = answer.fault === 'reset' || answer.fault === 'stall' || answer.fault === 'raw'
  const status = hasNone ? 0 : (answer.status ?? 200)
  const line = `${method} ${path} → ${status.toString()}`
  return { method, path, status, authorization: headers.authorization, headers, line }
}

/** What an answer is given with. */
interface Scene {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly bytes: Uint8Array
}

const ways: Readonly<Record<Fault | 'well', (scene: Scene, writeHead: () => void) => void>> = {
  well: ({ response, bytes }, writeHead) => {
    writeHead()
    response.end(bytes)
  },
  reset: ({ request }) => {
    request.socket.resetAndDestroy()
  },
  stall: () => undefined,
  truncate: ({ request, response, bytes }, writeHead) => {
    writeHead()
    response.write(firstHalf(bytes), () => request.socket.end())
  },
  'stall-body': ({ response, bytes }, writeHead) => {
    writeHead()
    response.write(firstHalf(bytes))
  },
  endless: ({ response, bytes }, writeHead) => {
    writeHead()
    repeat(response, bytes, 0)
  },
  drip: ({ response, bytes }, writeHead) => {
    writeHead()
    repeat(response, bytes, 5)
  },
  raw: ({ request, bytes }) => {
    request.socket.end(bytes)
  }
}

function reply(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const bytes = Buffer.from(answer.body ?? '')
  if (answer.fault !== 'stall') request.resume()
  ways[answer.fault ?? 'well']({ request, response, bytes }, () => {
    const isEndless = answer.fault === 'endless' || answer.fault === 'drip'
    if (!isEndless) response.setHeader('content-length', bytes.length)
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value)
    response.writeHead(answer.status ?? 200)
  })
}

function firstHalf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.ceil(bytes.length / 2))
}

/** Sends some bytes until the connection is closed, with a pause in milliseconds between. */
function repeat(response: ServerResponse, bytes: Uint8Array, pause: number): void {
  response.write(bytes, error => {
    if (!error && !response.destroyed) setTimeout(repeat, pause, response, bytes, pause)
  })
}
