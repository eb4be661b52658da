/** The faults of an exchange between the action and a registry. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** The faults by name; "done" means that the registry has received and answered the request. */
export const faults = [
  'reset before it is done',
  'reset in the middle of the answer',
  'reset after it is done',
  'no answer',
  '500, though it is done',
  '502 with HTML',
  '503 with Retry-After',
  '429',
  'truncated answer',
  'garbage for an answer',
  '403'
] as const

/** One of {@link faults}, or the refusal of a write that conflicts with another. */
export type Fault = (typeof faults)[number] | '409'

/** The registry's response; absent if the request was not forwarded. */
export interface Passed {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The course of an exchange: whether the request is forwarded, and what becomes of the response. */
export interface Course {
  readonly isApplied: boolean
  readonly answer: (outgoing: ServerResponse, passed: Passed) => void
}

/** The course of an exchange without a fault. */
export const plain: Course = {
  isApplied: true,
  answer: (outgoing, { status, headers, body }) => {
    outgoing.writeHead(status, headers).end(body)
  }
}

const page = '<html><body><h1>A proxy in trouble</h1></body></html>'
const denial = JSON.stringify({ errors: [{ code: 'TESTED', message: 'this request is to fail' }] })

/** The course of an exchange for each fault. */
export const courses: Readonly<Record<Fault, Course>> = {
  'reset before it is done': { isApplied: false, answer: reset },
  'reset after it is done': { isApplied: true, answer: reset },
  'no answer': { isApplied: false, answer: () => undefined },
  '500, though it is done': { isApplied: true, answer: refuse(500, {}, page) },
  '502 with HTML': { isApplied: false, answer: refuse(502, { 'content-type': 'text/html' }, page) },
  '503 with Retry-After': { isApplied: false, answer: refuse(503, { 'retry-after': '1' }, page) },
  '429': { isApplied: false, answer: refuse(429, {}, page) },
  '409': { isApplied: false, answer: refuse(409, { 'content-type': 'application/json' }, denial) },
  '403': { isApplied: false, answer: refuse(403, { 'content-type': 'application/json' }, denial) },
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

function reset(outgoing: ServerResponse): void {
  outgoing.destroy()
}

function refuse(status: number, headers: OutgoingHttpHeaders, body: string): Course['answer'] {
  return outgoing => {
    outgoing.writeHead(status, headers).end(body)
  }
}
