/** How requests adapt to what a registry can take: simulated registries on a clock that only sleeping moves. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Request, Response, Send } from '../../../src/registry/http/message.ts'
import { networkError } from '../../../src/registry/http/network-error.ts'
import { retrying } from '../../../src/registry/http/retry.ts'
import { Throttle } from '../../../src/registry/http/throttle.ts'
import { type Answered, answerTo, requestTo } from '../requests.ts'

const START = Date.UTC(2026, 0, 1)
const LATENCY = 20

type Answering = (request: Request, world: World) => Answered | Error

/** Simulated time, a simulated registry, and the layers above it. */
class World {
  now = START
  readonly logged: string[] = []
  /** When each request came, in milliseconds since the start, with its status. */
  readonly seen: { readonly at: number; readonly method: string; readonly status: number }[] = []
  inFlight = 0
  readonly send: Send
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = []

  constructor(answering: Answering, latency = LATENCY) {
    const options = {
      now: () => this.now,
      random: () => 0.5,
      sleep: (ms: number) => this.sleep(ms),
      log: (line: string) => this.logged.push(line)
    }
    const throttle = new Throttle(options)
    const wire: Send = async request => {
      this.inFlight++
      const answer = answering(request, this)
      const status = answer instanceof Error ? 0 : (answer.status ?? 200)
      this.seen.push({ at: this.now - START, method: request.method, status })
      if (!(answer instanceof Error)) await this.sleep(latency)
      this.inFlight--
      if (answer instanceof Error) throw answer
      return answerTo(request, answer)
    }
    this.send = retrying(throttle.layer(wire), { ...options, isExhausted: throttle.isExhausted })
  }

  sleep(ms: number): Promise<void> {
    return new Promise(wake => {
      this.#sleepers.push({ until: this.now + ms, wake })
    })
  }

  /** Lets time pass until all is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false }
    const done = work.finally(() => (state.isDone = true))
    done.catch(() => undefined)
    for (;;) {
      await new Promise(resolve => setImmediate(resolve))
      if (state.isDone) return done
      this.#sleepers.sort((a, b) => a.until - b.until)
      const next = this.#sleepers.shift()
      if (next === undefined) throw new Error('all wait, and nothing wakes them')
      this.now = Math.max(this.now, next.until)
      next.wake()
    }
  }

  /** Sends many requests, some at a time, as a run does. */
  sendAll(count: number, atOnce: number, rest: Partial<Request> = {}): Promise<Response[]> {
    let left = count
    const worker = async (): Promise<Response[]> => {
      const responses: Response[] = []
      while (left-- > 0) responses.push(await this.send(read('https://r.example/v2/', rest)))
      return responses
    }
    return Promise.all(Array.from({ length: atOnce }, worker)).then(all => all.flat())
  }

  get seconds(): number {
    return (this.now - START) / 1000
  }

  count(status: number): number {
    return this.seen.filter(it => it.status === status).length
  }
}

const read = requestTo
const upload: Partial<Request> = {
  method: 'PUT',
  body: Buffer.from('{}'),
  beforeRepeat: () => Promise.resolve(undefined)
}
const refused = (request: Request): PromotionError =>
  networkError(request, Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))

/** Lets so many requests a second through: of any second, or by a bucket of so many. */
function limited(
  rate: number,
  kind: 'window' | 'bucket',
  headers: Answered['headers'] = { 'retry-after': '1' }
): Answering {
  let granted: number[] = []
  let [tokens, filled] = [rate, START]
  return (_, { now }) => {
    tokens = Math.min(rate, tokens + ((now - filled) * rate) / 1000)
    filled = now
    granted = granted.filter(at => at > now - 1000)
    const isFree = kind === 'window' ? granted.length < rate : tokens >= 1
    if (!isFree) return { status: 429, headers }
    tokens--
    granted.push(now)
    return {}
  }
}

describe('a registry that limits', () => {
  test.each([
    ['5 a second (olareg), 500 tags', 5, 'window', 500, { 'retry-after': '1' }],
    ['5 a second by a bucket', 5, 'bucket', 500, { 'retry-after': '1' }],
    ['2 a second (Keppel), 100 tags', 2, 'bucket', 100, { 'retry-after': '1' }],
    ['2 a second, without Retry-After', 2, 'window', 100, {}]
  ] as [string, number, 'window' | 'bucket', number, Answered['headers']][])(
    'to %s: all get through in time',
    async (...[, rate, kind, count, headers]) => {
      const world = new World(limited(rate, kind, headers))
      const responses = await world.run(world.sendAll(count, 16, upload))
      expect(responses.map(({ status }) => status)).toEqual(Array(count).fill(200))
      expect(world.seconds).toBeLessThan((count / rate) * 1.35)
      expect(world.count(429)).toBeLessThan(16 + count / 10)
      expect(world.logged.length).toBeLessThan(2 + world.seconds / 30)
      expect(world.logged[0]).toMatch(
        /^r\.example limits requests \(429\); waiting [\d.]+ s, then sending about 10 a second$/
      )
    }
  )

  test('gets one request ahead after Retry-After, and never all at once', async () => {
    const latency = 300
    const world = new World(limited(5, 'window', { 'retry-after': '7' }), latency)
    await world.run(world.sendAll(32, 16))
    const [first, second] = world.seen.filter(({ at }) => at > latency)
    expect(first?.at).toBeGreaterThanOrEqual(7000 + latency)
    expect(second?.at).toBeGreaterThanOrEqual((first?.at ?? 0) + latency)
  })

  test('lets writes out before reads', async () => {
    let isFirst = true
    const world = new World(() => {
      const status = isFirst ? 429 : 200
      isFirst = false
      return { status, headers: { 'retry-after': '1' } }
    })
    await world.run(
      (async () => {
        const first = world.send(read('https://r.example/v2/'))
        await world.sleep(LATENCY + 5)
        await Promise.all([first, world.sendAll(5, 5), world.sendAll(5, 5, upload)])
      })()
    )
    expect(world.seen.slice(1).map(({ method }) => method)).toEqual([
      ...Array<string>(5).fill('PUT'),
      ...Array<string>(6).fill('GET')
    ])
  })

  test('counts no 429 against a request while others get through, and gives up where none does', async () => {
    const unlucky = new World(({ url }, { seen }) => ({
      status: url.pathname === '/x' && seen.length < 40 ? 429 : 200
    }))
    const others = unlucky.sendAll(40, 1)
    expect(await unlucky.run(Promise.all([unlucky.send(read('https://r.example/x')), others]))).toMatchObject(
      [{ status: 200 }, {}]
    )
    const dead = new World(() => ({ status: 429 }))
    const results = await dead.run(
      Promise.allSettled([
        dead.send(read('https://r.example/a')),
        ...Array.from({ length: 20 }, () => dead.send(read('https://r.example/b')))
      ])
    )
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(15)
    expect(dead.seen.length).toBeLessThan(40)
    await expect(dead.run(dead.send(read('https://r.example/c')))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE'
    })
  })

  test.each<[string, Record<string, string>]>([
    ['without Retry-After', {}],
    ['with one', { 'retry-after': '20' }]
  ])('one upload forever, and nothing else, ends in two minutes: %s', async (_what, headers) => {
    const world = new World(({ method }) => (method === 'PUT' ? { status: 429, headers } : {}))
    const look = (): Promise<undefined> => world.send(read('https://r.example/v2/')).then(() => undefined)
    const sent = world.send(read('https://r.example/v2/', { ...upload, beforeRepeat: look }))
    expect(await world.run(sent)).toMatchObject({ status: 429 })
    expect(world.seconds).toBeGreaterThanOrEqual(120)
    expect(world.seconds).toBeLessThan(145)
  })

  test('by a 403 with Retry-After is respected too; a plain 403 is final', async () => {
    let count = 0
    const world = new World(() => ({ status: count++ === 0 ? 403 : 200, headers: { 'retry-after': '3' } }))
    expect(await world.run(world.send(read('https://r.example/', upload)))).toMatchObject({ status: 200 })
    expect(world.seconds).toBeGreaterThan(3)
    const plain = new World(() => ({ status: 403 }))
    expect(await plain.run(plain.send(read('https://r.example/')))).toMatchObject({ status: 403 })
  })

  test.each([429, 503])(
    'for more than a minute by %d: fails at once, saying when to come back',
    async status => {
      const world = new World(() => ({ status, headers: { 'retry-after': '3600' } }))
      const failure = {
        code: 'REGISTRY_UNAVAILABLE',
        advice: expect.stringContaining('2026-01-01 01:00 UTC')
      }
      await expect(world.run(world.send(read('https://r.example/')))).rejects.toMatchObject(failure)
      await expect(world.run(world.send(read('https://r.example/')))).rejects.toMatchObject(failure)
      expect(world.seen).toHaveLength(1)
      expect(await world.run(world.send(read('https://other.example/')).catch(() => 'asked'))).toBe('asked')
      expect(world.seen).toHaveLength(2)
    }
  )

  test('holds requests back after a 503 with Retry-After', async () => {
    let count = 0
    const world = new World(() => ({ status: count++ === 0 ? 503 : 200, headers: { 'retry-after': '5' } }))
    expect(await world.run(world.send(read('https://r.example/')))).toMatchObject({ status: 200 })
    expect(world.seen[1]?.at).toBeGreaterThanOrEqual(5000)
  })

  test('the number of connections: no more concurrent requests than open connections', async () => {
    const world = new World((request, { inFlight }) => (inFlight > 4 ? refused(request) : {}))
    await world.run(world.sendAll(1, 1))
    const responses = await world.run(world.sendAll(200, 16))
    expect(responses).toHaveLength(200)
    expect(world.count(0)).toBeLessThan(30)
  })
})

test('a registry that fails at several uploads at once gets them one at a time', async () => {
  const world = new World((_, { inFlight }) => ({ status: inFlight > 1 ? 500 : 201 }))
  const responses = await world.run(world.sendAll(48, 16, upload))
  expect(responses.map(({ status }) => status)).toEqual(Array(48).fill(201))
})

test('a registry that takes all is not slowed down', async () => {
  const world = new World(() => ({}))
  await world.run(world.sendAll(160, 16))
  expect(world.seconds).toBeCloseTo(0.2, 5)
})
