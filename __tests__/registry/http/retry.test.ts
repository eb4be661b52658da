/** What is tried again, how often, and after how long. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Request, Response, Send } from '../../../src/registry/http/message.ts'
import { networkError } from '../../../src/registry/http/network-error.ts'
import { attemptsFor, backoff, retrying } from '../../../src/registry/http/retry.ts'
import { fakeOptions, script } from './scripted-send.ts'

const url = new URL('https://registry.example/v2/a/manifests/1')
const read: Request = { method: 'GET', url, headers: {}, limit: 1 }
const write: Request = { ...read, method: 'PUT' }
const answer = (status: number, headers: Response['headers'] = {}): Response => ({
  status,
  headers,
  body: new Uint8Array(),
  truncated: false,
  url
})
const broken = (code: string): PromotionError => networkError(read, Object.assign(new Error(code), { code }))
const timedOut = new PromotionError('TIMED_OUT', 'no answer')
const done = answer(201)
const repeatable: Request = { ...write, beforeRepeat: () => Promise.resolve(undefined) }

describe('attemptsFor', () => {
  test.each([408, 425, 500, 502, 503, 504])('gives four attempts to a read answered %d', status => {
    expect(attemptsFor(read, { kind: 'answered', response: answer(status) })).toBe(4)
    expect(attemptsFor({ ...read, method: 'HEAD' }, { kind: 'answered', response: answer(status) })).toBe(4)
    expect(attemptsFor(repeatable, { kind: 'answered', response: answer(status) })).toBe(4)
  })

  test.each([200, 201, 301, 400, 401, 403, 404, 405, 409, 412, 501])(
    'does not repeat what was answered %d',
    status => {
      for (const request of [read, write, repeatable])
        expect(attemptsFor(request, { kind: 'answered', response: answer(status) })).toBe(1)
    }
  )

  test.each(['ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT', 'EAI_AGAIN'])(
    'repeats a read that ended with %s',
    code => {
      expect(attemptsFor(read, { kind: 'lost', error: broken(code) })).toBe(4)
      expect(attemptsFor(repeatable, { kind: 'lost', error: broken(code) })).toBe(4)
    }
  )

  test.each(['ENOTFOUND', 'ECONNREFUSED', 'CERT_HAS_EXPIRED', 'EPROTO'])(
    'does not repeat what ended with %s',
    code => {
      expect(attemptsFor(read, { kind: 'lost', error: broken(code) })).toBe(1)
    }
  )

  test('gives a second attempt to what timed out', () => {
    expect(attemptsFor(read, { kind: 'lost', error: timedOut })).toBe(2)
  })

  test('repeats a write without beforeRepeat after a 429 only', () => {
    expect(attemptsFor(write, { kind: 'lost', error: broken('ECONNRESET') })).toBe(1)
    expect(attemptsFor(write, { kind: 'answered', response: answer(503) })).toBe(1)
    expect(attemptsFor(write, { kind: 'answered', response: answer(429) })).toBe(Infinity)
  })
})

describe('backoff', () => {
  test('doubles, is half chance, and ends at eight seconds', () => {
    expect([1, 2, 3, 9].map(attempt => backoff(attempt, 0))).toStrictEqual([250, 500, 1000, 4000])
    expect([1, 2, 3, 9].map(attempt => backoff(attempt, 1))).toStrictEqual([500, 1000, 2000, 8000])
  })
})

describe('retrying', () => {
  test('gives back the answer that comes at last', async () => {
    const options = fakeOptions()
    const { send, count } = script(broken('ECONNRESET'), answer(502), answer(200))
    expect((await retrying(send, options)(read)).status).toBe(200)
    expect(count()).toBe(3)
    expect(options.slept).toStrictEqual([250, 500])
    expect(options.logged).toHaveLength(2)
    expect(options.logged[1]).toContain('status 502')
  })

  test('gives up after four attempts, with the last answer or error', async () => {
    const answers = script(answer(503))
    expect((await retrying(answers.send, fakeOptions())(read)).status).toBe(503)
    expect(answers.count()).toBe(4)
    const errors = script(broken('ECONNRESET'))
    await expect(retrying(errors.send, fakeOptions())(read)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE'
    })
    expect(errors.count()).toBe(4)
  })

  test('takes what beforeRepeat returns for the lost answer', async () => {
    const { send, count } = script(broken('ECONNRESET'), answer(200))
    const response = await retrying(
      send,
      fakeOptions()
    )({ ...write, beforeRepeat: () => Promise.resolve(done) })
    expect(response).toBe(done)
    expect(count()).toBe(1)
  })

  test('repeats a write where beforeRepeat returns nothing', async () => {
    const { send, count } = script(timedOut, done)
    expect(await retrying(send, fakeOptions())(repeatable)).toBe(done)
    expect(count()).toBe(2)
  })

  test.each<[string, Response | PromotionError]>([
    ['a 503', answer(503)],
    ['a lost connection', broken('ECONNRESET')],
    ['a timeout', timedOut]
  ])('calls beforeRepeat after %s, when the wait is over, and before each repetition', async (_, failure) => {
    const events: string[] = []
    const options = fakeOptions()
    const { send } = script(failure, done)
    const beforeRepeat = (): Promise<undefined> => {
      events.push(`beforeRepeat after ${options.slept.length.toString()} wait`)
      return Promise.resolve(undefined)
    }
    const logging: Send = request => {
      events.push('PUT')
      return send(request)
    }
    expect(await retrying(logging, options)({ ...write, beforeRepeat })).toBe(done)
    expect(events).toEqual(['PUT', 'beforeRepeat after 1 wait', 'PUT'])
  })

  test.each<[string, Response | PromotionError]>([
    ['a 429', answer(429)],
    ['a 503', answer(503)]
  ])('ends a write with what beforeRepeat throws after %s', async (_, failure) => {
    const stop = new PromotionError('TARGET_PROTECTED', 'another job has moved the tag')
    const { send, count } = script(failure, done)
    const beforeRepeat = (): Promise<Response> => Promise.reject(stop)
    await expect(retrying(send, fakeOptions())({ ...write, beforeRepeat })).rejects.toBe(stop)
    expect(count()).toBe(1)
  })

  test('gives an origin that is down one attempt a request, until it answers', async () => {
    const { send, count } = script(...Array<Response>(5).fill(answer(503)), answer(404), answer(503), done)
    const patient = retrying(send, fakeOptions())
    for (const attempts of [4, 5]) {
      expect((await patient(read)).status).toBe(503)
      expect(count()).toBe(attempts)
    }
    expect((await patient(read)).status).toBe(404)
    expect(await patient(read)).toBe(done)
  })

  test('repeats after a 429 without a count or a wait of its own, until repeating is of no use', async () => {
    const options = fakeOptions()
    const { send, count } = script(...Array<Response>(20).fill(answer(429)), done)
    expect(await retrying(send, options)(write)).toBe(done)
    expect([count(), options.slept]).toEqual([21, []])
    const exhausted = { ...options, isExhausted: ({ host }: URL) => host === url.host }
    const refusing = script(answer(429), done)
    expect((await retrying(refusing.send, exhausted)(write)).status).toBe(429)
    expect(refusing.count()).toBe(1)
  })

  test('calls beforeRepeat after a 429 too', async () => {
    const stop = new Error('stopped')
    const beforeRepeat = (): Promise<Response> => Promise.reject(stop)
    const { send } = script(answer(429), done)
    await expect(retrying(send, fakeOptions())({ ...write, beforeRepeat })).rejects.toBe(stop)
  })

  test('repeats what was refused a connection by a registry that has answered before', async () => {
    const { send, count } = script(answer(200), broken('ECONNREFUSED'), done)
    const retry = retrying(send, fakeOptions())
    await retry(read)
    expect(await retry(read)).toBe(done)
    expect(count()).toBe(3)
  })

  test('does not repeat an upload that is refused for content which cannot be there', async () => {
    const unknown = { errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] }
    const refusal = (status: number): Response => ({
      ...answer(status),
      body: Buffer.from(JSON.stringify(unknown))
    })
    for (const status of [400, 404, 500]) {
      const { send, count } = script(refusal(status))
      expect((await retrying(send, fakeOptions())(repeatable)).status).toBe(status)
      expect(count()).toBe(1)
    }
  })

  test('lets the failure of a write stand where beforeRepeat gets no answer', async () => {
    const { send, count } = script(broken('ECONNRESET'))
    const beforeRepeat = (): Promise<Response> => Promise.reject(timedOut)
    await expect(retrying(send, fakeOptions())({ ...write, beforeRepeat })).rejects.toThrow('ECONNRESET')
    expect(count()).toBe(1)
  })

  test.each(['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'])(
    'gives a registry time that does not know yet what a manifest names: %s',
    async code => {
      const lagging = { ...answer(404), body: Buffer.from(JSON.stringify({ errors: [{ code }] })) }
      const { send, count } = script(done, lagging, lagging, lagging, lagging, done)
      const retry = retrying(send, fakeOptions())
      await retry(repeatable)
      expect(await retry(repeatable)).toBe(done)
      expect(count()).toBe(6)
      expect(await retrying(script(lagging, done).send, fakeOptions())(read)).toBe(lagging)
    }
  )

  test('lets an error that nobody expected through', async () => {
    await expect(retrying(() => Promise.reject(new TypeError('bug')), fakeOptions())(read)).rejects.toThrow(
      TypeError
    )
  })
})
