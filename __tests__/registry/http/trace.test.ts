/** Tests of the debug log. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Request, Response } from '../../../src/registry/http/message.ts'
import { tracing } from '../../../src/registry/http/trace.ts'
import { answerTo, requestTo } from '../requests.ts'

describe('tracing', () => {
  test('tells method, address, status, type, size and time, and hands the answer on', async () => {
    const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1', { method: 'HEAD' })
    const answer = answerTo(request, { status: 404, headers: { 'content-type': 'text/plain' }, body: 'no' })
    const { lines, result } = await trace(request, () => Promise.resolve(answer))
    expect(result).toBe(answer)
    expect(lines).toEqual([
      expect.stringMatching(
        /^HEAD https:\/\/ghcr\.io\/v2\/acme\/app\/manifests\/1 → 404 text\/plain 2 bytes, \d+ ms$/
      )
    ])
  })

  test('tells of an answer without a type', async () => {
    const request = requestTo('https://ghcr.io/v2/')
    const { lines } = await trace(request, () => Promise.resolve(answerTo(request)))
    expect(lines).toEqual([expect.stringMatching(/^GET https:\/\/ghcr\.io\/v2\/ → 200\s+0 bytes, \d+ ms$/)])
  })

  test('tells of what failed, and hands the error on', async () => {
    const error = new PromotionError('TIMED_OUT', 'no answer for 30 s')
    const { lines, result } = await trace(requestTo('https://ghcr.io/v2/'), () => Promise.reject(error))
    expect(result).toBe(error)
    expect(lines).toEqual([
      expect.stringMatching(/^GET https:\/\/ghcr\.io\/v2\/ → no answer for 30 s, \d+ ms$/)
    ])
  })

  test('tells what was asked once, also where the error begins with it', async () => {
    const error = new PromotionError('TIMED_OUT', 'GET https://ghcr.io/v2/: no answer for 30 s')
    const { lines } = await trace(requestTo('https://ghcr.io/v2/?n=1'), () => Promise.reject(error))
    expect(lines).toEqual([
      expect.stringMatching(/^GET https:\/\/ghcr\.io\/v2\/\?n=1 → no answer for 30 s, \d+ ms$/)
    ])
  })

  test('tells of anything else that is thrown', async () => {
    const request = requestTo('https://ghcr.io/v2/')
    const send = (): Promise<Response> =>
      Promise.resolve(answerTo(request)).finally(() => {
        AbortSignal.abort('a text, not an error').throwIfAborted()
      })
    const { lines } = await trace(request, send)
    expect(lines).toEqual([expect.stringMatching(/ → no answer, \d+ ms$/)])
  })

  test.each([
    [
      'https://auth.docker.io/token?service=s&scope=repository%3Aa%3Apull',
      '?service=s&scope=repository:a:pull'
    ],
    ['https://ghcr.io/v2/a/tags/list?n=10&last=x', '?n=10&last=x'],
    ['https://s3.example/b?X-Amz-Signature=secret&X-Amz-Date=secret', '?X-Amz-Signature=…&X-Amz-Date=…'],
    [
      'https://ghcr.io/b?token=secret&access_token=secret&_state=secret&n=1',
      '?token=…&access_token=…&_state=…&n=1'
    ],
    ['https://ghcr.io/b?account=secret', '?account=…'],
    ['https://ghcr.io/b?SCOPE=secret', '?SCOPE=…'],
    ['https://ghcr.io/b?secret', '?secret=…'],
    ['https://anna:secret@ghcr.io/b', ''],
    ['https://ghcr.io/b#secret', '']
  ])('shows of the address %s no value that may be secret', async (url, query) => {
    const request = requestTo(url, { headers: { authorization: 'Bearer secret' } })
    const { lines } = await trace(request, () => Promise.resolve(answerTo(request)))
    const [line = ''] = lines
    expect(line).toContain(`${new URL(url).origin}${new URL(url).pathname}${query} → 200`)
    expect(line.replace('?secret=…', '')).not.toContain('secret')
  })

  test('writes one line, and no command to the runner', async () => {
    const request = requestTo('https://ghcr.io/b?scope=a%0A::error::b%0D%23%23[error]c&%0A::d=e')
    const headers = { 'content-type': 'text/plain\u2028##[error]' }
    const { lines } = await trace(request, () => Promise.resolve(answerTo(request, { headers })))
    expect(lines).toEqual([expect.not.stringMatching(/[\p{Cc}\p{Zl}\p{Zp}]|##\[/u)])
  })
})

async function trace(
  request: Request,
  send: () => Promise<Response>
): Promise<{ lines: string[]; result: unknown }> {
  const lines: string[] = []
  const result: unknown = await tracing(send, line => lines.push(line))(request).catch(
    (error: unknown) => error
  )
  return { lines, result }
}
