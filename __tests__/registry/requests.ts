/** Requests and answers as values, for the layers that are given and give them. */
import type { Request, Response } from '../../src/registry/http/message.ts'

/** Makes a GET request; the rest may be set. */
export function requestTo(url: string, rest: Partial<Omit<Request, 'url'>> = {}): Request {
  return { method: 'GET', url: new URL(url), headers: {}, limit: 1024 * 1024, ...rest }
}

/** What an answer may hold, for {@link answerTo}. */
export interface Answered {
  /** 200 when it is not given. */
  readonly status?: number
  readonly headers?: Response['headers']
  readonly body?: string
}

/** Makes an answer to a request. */
export function answerTo(
  { url }: Request,
  { status = 200, headers = {}, body = '' }: Answered = {}
): Response {
  return { status, headers, body: Buffer.from(body), truncated: false, url }
}
