/** What is tried again, how often, and after how long. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Request, Response, Send } from '../../../src/registry/http/message.ts'
import { networkError } from '../../../src/registry/http/network-error.ts'
import { attemptsFor, backoff, retrying } from '../../../src/registry/http/retry.ts'

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
const looked: Request = { ...write, lookUp: () => Promise.resolve(undefined) }

/** A world in which time passes by sleeping alone. */
function world(): {
  now: () => number
  random: () => number
  sleep: (ms: number) => Promise<void>
  tell: (line: string) => void
  slept: number[]
  told: string[]
} {
  let clock = Date.UTC(2026, 0, 1)
  const slept: number[] = []
  const told: string[] = []
  return {
    now: () => clock,
    random: () => 0,
    sleep: ms => {
      slept.push(ms)
      clock += ms
      return Promise.resolve()
    },
    tell: line => told.push(line),
    slept,
    told
  }
}

/** Sends by a script: each entry is one answer or error; the last is given again and again. */
function script(...endings: (Response | PromotionError)[]): { send: Send; count: () => number } {
  let sent = 0
  const send: Send = () => {
    const ending = endings[Math.min(sent++, endings.length - 1)] ?? answer(500)
    return ending instanceof PromotionError ? Promise.reject(ending) : Promise.resolve(ending)
  }
  return { send, count: () => sent }
}

describe('attemptsFor', () => {
  test.each([408, 425, 500, 502, 503, 504])('gives four attempts to a read answered %d', status => {
    expect(attemptsFor(read, { kind: 'answered', response: answer(status) })).toBe(4)
    expect(attemptsFor({ ...read, method: 'HEAD' }, { kind: 'answered', response: answer(status) })).toBe(4)
    expect(attemptsFor(looked, { kind: 'answered', response: answer(status) })).toBe(4)
  })

  test.each([200, 201, 301, 400, 401, 403, 404, 405, 409, 412, 501])(
    'does not repeat what was answered %d',
    status => {
      for (const request of [read, write, looked])
        expect(attemptsFor(request, { kind: 'answered', response: answer(status) })).toBe(1)
    }
  )

  test.each(['ECONNRESET', 'EPIPE', 'HPE_INVALID_CONSTANT', 'EAI_AGAIN'])(
    'repeats a read that ended with %s',
    code => {
      expect(attemptsFor(read, { kind: 'lost', error: broken(code) })).toBe(4)
      expect(attemptsFor(looked, { kind: 'lost', error: broken(code) })).toBe(4)
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

  test('repeats a write that cannot be looked up only when it was not read', () => {
    expect(attemptsFor(write, { kind: 'lost', error: broken('ECONNRESET') })).toBe(1)
    expect(attemptsFor(write, { kind: 'answered', response: answer(503) })).toBe(1)
    expect(attemptsFor(write, { kind: 'answered', response: answer(429) })).toBe(8)
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
    const patience = world()
    const { send, count } = script(broken('ECONNRESET'), answer(502), answer(200))
    expect((await retrying(send, patience)(read)).status).toBe(200)
    expect(count()).toBe(3)
    expect(patience.slept).toStrictEqual([250, 500])
    expect(patience.told).toHaveLength(2)
    expect(patience.told[1]).toContain('status 502')
  })

  test('gives up after four attempts, with the last answer or error', async () => {
    const answers = script(answer(503))
    expect((await retrying(answers.send, world())(read)).status).toBe(503)
    expect(answers.count()).toBe(4)
    const errors = script(broken('ECONNRESET'))
    await expect(retrying(errors.send, world())(read)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    expect(errors.count()).toBe(4)
  })

  test('looks a write up before it repeats it', async () => {
    const { send, count } = script(broken('ECONNRESET'), answer(200))
    const response = await retrying(send, world())({ ...write, lookUp: () => Promise.resolve(done) })
    expect(response).toBe(done)
    expect(count()).toBe(1)
  })

  test('repeats a write that was not done', async () => {
    const { send, count } = script(timedOut, done)
    expect(await retrying(send, world())(looked)).toBe(done)
    expect(count()).toBe(2)
  })

  test('does not look up a write that was turned away unread', async () => {
    const { send } = script(answer(429), done)
    const lookUp = (): Promise<Response> => Promise.reject(new Error('looked up'))
    expect(await retrying(send, world())({ ...write, lookUp })).toBe(done)
  })

  test('waits as long as the registry asks', async () => {
    const patience = world()
    await retrying(script(answer(429, { 'retry-after': '7' }), answer(200)).send, patience)(read)
    expect(patience.slept).toEqual([7000])
  })

  test('fails at once, saying when to come back, where the registry asks for more than a minute', async () => {
    const patience = world()
    const { send, count } = script(answer(429, { 'retry-after': '3600' }))
    await expect(retrying(send, patience)(read)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      advice: expect.stringContaining('2026-01-01 01:00 UTC')
    })
    expect(count()).toBe(1)
    expect(patience.slept).toEqual([])
  })

  test('holds back other requests to an origin that turned one away, and those alone', async () => {
    const patience = world()
    const times: [string, number][] = []
    let isFirst = true
    const send: Send = request => {
      times.push([request.url.href, patience.now() - Date.UTC(2026, 0, 1)])
      const status = isFirst ? 429 : 200
      isFirst = false
      return Promise.resolve(answer(status, { 'retry-after': '30' }))
    }
    const patient = retrying(send, {
      ...patience,
      sleep: ms =>
        new Promise(
          wake =>
            void setImmediate(() => {
              void patience.sleep(ms).then(wake)
            })
        )
    })
    const first = patient(read)
    await new Promise(resolve => setImmediate(resolve))
    await patient({ ...read, url: new URL('https://other.example/') })
    await Promise.all([first, patient(read)])
    expect(times.filter(([href]) => href === url.href).map(([, at]) => at >= 30_000)).toEqual([
      false,
      true,
      true
    ])
    expect(times.some(([href]) => href === 'https://other.example/')).toBe(true)
  })

  test('asks an origin nothing more that wants to be left alone for long', async () => {
    const patience = world()
    const { send, count } = script(answer(503, { 'retry-after': '120' }))
    const patient = retrying(send, patience)
    await expect(patient(read)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    await expect(patient(write)).rejects.toMatchObject({
      message: expect.stringContaining('registry.example asks to be left alone'),
      advice: expect.stringContaining('2026-01-01 00:02 UTC')
    })
    expect(count()).toBe(1)
  })

  test('gives an origin that is down one attempt a request, until it answers', async () => {
    const { send, count } = script(...Array<Response>(5).fill(answer(503)), answer(404), answer(503), done)
    const patient = retrying(send, world())
    for (const attempts of [4, 5]) {
      expect((await patient(read)).status).toBe(503)
      expect(count()).toBe(attempts)
    }
    expect((await patient(read)).status).toBe(404)
    expect(await patient(read)).toBe(done)
  })

  test('goes on attempting while a registry only turns requests away', async () => {
    const { send, count } = script(...Array<Response>(16).fill(answer(429)), done)
    const patient = retrying(send, world())
    for (const attempts of [8, 16]) {
      expect((await patient(read)).status).toBe(429)
      expect(count()).toBe(attempts)
    }
  })

  test('lets the failure of a write stand that cannot be looked up', async () => {
    const { send, count } = script(broken('ECONNRESET'))
    const lookUp = (): Promise<Response> => Promise.reject(timedOut)
    await expect(retrying(send, world())({ ...write, lookUp })).rejects.toThrow('ECONNRESET')
    expect(count()).toBe(1)
  })

  test.each(['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'])(
    'gives a registry time that does not know yet what a manifest names: %s',
    async code => {
      const lagging = { ...answer(404), body: Buffer.from(JSON.stringify({ errors: [{ code }] })) }
      const { send, count } = script(lagging, lagging, lagging, lagging, done)
      expect(await retrying(send, world())(looked)).toBe(done)
      expect(count()).toBe(5)
      expect(await retrying(script(lagging, done).send, world())(read)).toBe(lagging)
    }
  )

  test('lets an error that nobody expected through', async () => {
    await expect(retrying(() => Promise.reject(new TypeError('bug')), world())(read)).rejects.toThrow(
      TypeError
    )
  })
})
