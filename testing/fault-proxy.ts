/** A proxy between the action and a registry that injects faults into some requests and forwards all others. */
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  createServer,
  request as ask
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type Fault, type Passed, courses, plain } from './faults.ts'
import { digestOf } from './images.ts'
import { type Listening, listen } from './loopback.ts'

/** A request to the proxy. */
export interface PassingRequest {
  /** `PUT /v2/a/manifests/1`, without what differs from run to run. */
  readonly line: string
  readonly body: Uint8Array
}

/**
 * Chooses the fault of a request; undefined for none. Called once for each request, in order; a request waits until a promise
 * resolves.
 */
export type Choose = (request: PassingRequest) => Fault | undefined | Promise<Fault | undefined>

/** Where a proxy forwards requests to, as `127.0.0.1:PORT`. */
export interface Upstream {
  readonly registry: string
  /** The token server that the registry names; it gets all requests outside of `/v2/`. */
  readonly tokens?: string
}

interface Passage {
  readonly incoming: IncomingMessage
  readonly body: Buffer
  readonly upstream: Upstream
}

/** Starts a proxy. */
export async function startFaultProxy(upstream: Upstream, choose: Choose): Promise<Listening> {
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming)
    const fault = await choose({ line: lineOf(incoming), body })
    const course = fault === undefined ? plain : courses[fault]
    const passed = course.isApplied ? await passOn({ incoming, body, upstream }) : undefined
    course.answer(outgoing, passed ?? { status: 0, headers: {}, body: Buffer.alloc(0) })
  }
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy())
  })
  return listen(server)
}

/** Makes manifest uploads fail: `fails` is called for each, numbered from 0; a retry keeps its number. */
export function failingWrites(fails: (number: number) => Fault | undefined): Choose {
  const writes: string[] = []
  return ({ line, body }) => {
    if (!/^PUT .*\/manifests\//.test(line)) return undefined
    const write = `${line} ${digestOf(body)}`
    return fails(writes.includes(write) ? writes.indexOf(write) : writes.push(write) - 1)
  }
}

function lineOf({ method = '', url = '' }: IncomingMessage): string {
  return `${method} ${url}`.replace(/(\/uploads\/)[\w-]{8,}/, '$1…').replace(/([?&]_state=)[^&]*/, '$1…')
}

function passOn({ incoming, body, upstream }: Passage): Promise<Passed> {
  const { method, url = '', headers } = incoming
  const authority = url.startsWith('/v2/') ? upstream.registry : (upstream.tokens ?? upstream.registry)
  const [hostname = '', port = ''] = authority.split(':')
  return new Promise((resolve, reject) => {
    const asked = ask({ hostname, port, method, path: url, headers, agent: false }, answer => {
      buffer(answer).then(received => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: renamed(answer, incoming, upstream),
          body: received
        })
      }, reject)
    })
    asked.on('error', reject).end(body)
  })
}

/** Rewrites the registry's challenges, so that token requests go to this proxy. */
function renamed(
  answer: IncomingMessage,
  { headers }: IncomingMessage,
  { tokens }: Upstream
): IncomingHttpHeaders {
  const challenge = answer.headers['www-authenticate']
  if (challenge === undefined || tokens === undefined) return answer.headers
  return { ...answer.headers, 'www-authenticate': challenge.replace(tokens, headers.host ?? '') }
}
