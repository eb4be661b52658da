/** The order of the layers, over real sockets: a test fails where one of them is missing or stands elsewhere. */
import { describe, expect, test } from '@jest/globals'
import type { Request, Response } from '../../src/registry/http/message.ts'
import { asTarget, parseReference } from '../../src/oci/reference.ts'
import type { Answer, Exchange, Script } from '../../testing/scripted-server.ts'
import { openScript } from './opened.ts'
import { type Wired, anna, annaBasic, wire } from './wired.ts'

const path = '/v2/acme/app/manifests/1'
const get = (answer: Answer, at = path): Exchange => ({ method: 'GET', path: at, answer })
const moved = (to: Script, at: string, headers = {}): Answer => ({
  status: 307,
  headers: { location: `${to.base}${at}`, ...headers }
})
const shownTo = ({ requests }: Script): (string | undefined)[] =>
  requests.map(({ authorization }) => authorization?.split(' ')[0])
const tokenPath = '/token?scope=repository%3Aacme%2Fapp%3Apull'
const basic = { 'www-authenticate': 'Basic realm="r"' }

function ask({ send }: Wired, { host, base }: Script, rest: Partial<Request> = {}): Promise<Response> {
  const { repository } = asTarget(parseReference(`${host}/acme/app:1`))
  const access = { repository, actions: ['pull'] as const }
  return send({ method: 'GET', url: new URL(path, base), headers: {}, limit: 1024, access, ...rest })
}

/** A token server, and a registry that wants its token. */
async function tokenServed(...answers: Answer[]): Promise<{ registry: Script; tokens: Script }> {
  const tokens = await openScript([
    get({ status: 503 }, tokenPath),
    get({ body: '{"token":"token-of-the-stack-test"}' }, tokenPath)
  ])
  const challenge = { 'www-authenticate': `Bearer realm="${tokens.base}/token"` }
  return {
    tokens,
    registry: await openScript([get({ status: 401, headers: challenge }), ...answers.map(a => get(a))])
  }
}

describe('the stack', () => {
  test('authorizes above retries: a token request is retried by itself', async () => {
    const { registry, tokens } = await tokenServed({ status: 200 })
    expect(await ask(wire(), registry)).toMatchObject({ status: 200 })
    expect(shownTo(registry)).toEqual([undefined, 'Bearer'])
    expect(tokens.requests).toHaveLength(2)
  })

  test('authorizes above redirects: a challenge of another server is not met', async () => {
    const storage = await openScript([get({ status: 401, headers: basic }, '/blob')])
    const registry = await openScript([get({ status: 401, headers: basic }), get(moved(storage, '/blob'))])
    expect(await ask(wire({ credential: anna }), registry)).toMatchObject({ status: 401 })
    expect(registry.requests.map(({ authorization }) => authorization)).toEqual([undefined, annaBasic])
    expect(shownTo(storage)).toEqual([undefined])
  })

  test('adds the registry’s headers above redirects and authorization: no other server gets them', async () => {
    const storage = await openScript([get({}, '/blob')])
    const { registry, tokens } = await tokenServed(moved(storage, '/blob'))
    const wired = wire({ headers: { 'x-client-id': 'retag', 'x-client-secret': '0123456789abcdef' } })
    expect(await ask(wired, registry)).toMatchObject({ status: 200 })
    const shown = [registry, tokens, storage].map(({ requests }) =>
      requests.map(({ headers }) => headers['x-client-secret'])
    )
    const sent = '0123456789abcdef'
    expect(shown).toEqual([[sent, sent], [undefined, undefined], [undefined]])
    expect(wired.masked).toEqual([sent, 'token-of-the-stack-test'])
  })

  test('overwrites no header of a request', async () => {
    const registry = await openScript([get({})])
    await ask(wire({ headers: { accept: 'text/html' } }), registry, { headers: { accept: 'text/plain' } })
    expect(registry.requests.map(it => it.headers.accept)).toEqual(['text/plain'])
  })

  test('retries above redirects: the registry is asked for another address', async () => {
    const storage = await openScript([get({ status: 503 }, '/expired'), get({ body: 'here' }, '/fresh')])
    const registry = await openScript([get(moved(storage, '/expired')), get(moved(storage, '/fresh'))])
    const wired = wire()
    expect(await ask(wired, registry)).toMatchObject({ status: 200, url: new URL('/fresh', storage.base) })
    expect(wired.info).toEqual([expect.stringContaining('status 503); retrying in 0.3 s')])
  })

  test('watches the rate limit of every exchange: also of one that is redirected, and of one that is repeated', async () => {
    const low = { 'ratelimit-limit': '100;w=60', 'ratelimit-remaining': '3;w=60' }
    const storage = await openScript([get({ status: 503, headers: low }, '/a'), get({}, '/b')])
    const registry = await openScript([get(moved(storage, '/a', low)), get(moved(storage, '/b'))])
    const wired = wire()
    await ask(wired, registry)
    expect(wired.warnings).toEqual(
      [registry, storage].map(({ host }) => expect.stringContaining(`${host}: 3 of 100 requests are left`))
    )
  })

  test('throttles every exchange: a 429 of another server holds back that server only', async () => {
    const busy = { status: 429, headers: { 'retry-after': '2' } }
    const storage = await openScript([...Array<Exchange>(6).fill(get(busy, '/a')), get({}, '/a')])
    const registry = await openScript([{ ...get(moved(storage, '/a')), times: 7 }])
    const wired = wire()
    expect(await ask(wired, registry)).toMatchObject({ status: 200 })
    expect(wired.info).toEqual([
      expect.stringContaining(`${storage.host} limits requests (429); waiting 2.0 s`)
    ])
    expect(wired.slept.every(duration => duration > 1900 && duration <= 2000)).toBe(true)
    expect(wired.slept.length).toBeGreaterThanOrEqual(6)
  })

  test('shows the warnings of every exchange once each, escaped, at most ten, and nothing secret', async () => {
    const [, pair = ''] = annaBasic.split(' ')
    const warning = `299 - "${pair} ##[error] \\"old\\" API", 299 - "two", 199 - "no", 299 other "no"`
    const many = Array.from({ length: 12 }, (_, index) => `299 - "${index.toString()}"`).join(', ')
    const registry = await openScript([
      get({ status: 401, headers: basic }),
      get({ status: 503, headers: { warning } }),
      get({ headers: { warning: `299 - "two", ${many}` } })
    ])
    const wired = wire({ credential: anna })
    await ask(wired, registry)
    expect(wired.warnings.slice(0, 2)).toEqual([
      `${registry.host} warns: *** # #[error] "old" API`,
      `${registry.host} warns: two`
    ])
    expect(wired.warnings).toHaveLength(10)
  })

  test('logs every exchange: challenges, tokens, redirects and repetitions', async () => {
    const storage = await openScript([get({ status: 503 }, '/a'), get({}, '/b')])
    const { registry, tokens } = await tokenServed(moved(storage, '/a'), moved(storage, '/b'))
    const wired = wire()
    await ask(wired, registry)
    expect(wired.log.map(line => line.replace(/ +\d+ bytes.*/, ''))).toEqual([
      `GET ${registry.base}${path} → 401`,
      `GET ${tokens.base}/token?scope=repository:acme/app:pull → 503`,
      `GET ${tokens.base}/token?scope=repository:acme/app:pull → 200`,
      `GET ${registry.base}${path} → 307`,
      `GET ${storage.base}/a → 503`,
      `GET ${registry.base}${path} → 307`,
      `GET ${storage.base}/b → 200`
    ])
  })

  test('redacts below all that logs and reads: a credential that is quoted is seen by none', async () => {
    const [, pair = ''] = annaBasic.split(' ')
    const quoting = { 'content-type': `text/${pair}`, warning: `299 - "you sent ${pair}"` }
    const storage = await openScript([get({ status: 503, headers: quoting }, '/***')])
    const registry = await openScript([
      get({ status: 401, headers: basic }),
      get({ status: 503, headers: quoting, body: `you sent ${pair}, which is pass:wörd` }),
      get(moved(storage, `/${pair}`)),
      get({ status: 403, headers: quoting, body: `{"errors":[{"message":"\\u0070ass:w\\u00f6rd"}]}` })
    ])
    const wired = wire({ credential: anna })
    const response = await ask(wired, registry)
    expect(response.status).toBe(403)
    const seen = [...wired.log, ...wired.info, ...wired.warnings, Buffer.from(response.body).toString()].join(
      '\n'
    )
    expect(seen).not.toContain(pair)
    expect(seen).not.toContain('wörd')
    expect(wired.info[0]).toContain('you sent ***, which is ***')
    expect(wired.masked).toContain(pair)
  })

  test('opens connections for the requests that wait for the first answer', async () => {
    const registry = await openScript([{ ...get({}), times: 3 }])
    const early: string[] = []
    const wired = wire({ preconnect: url => early.push(url.href) })
    await Promise.all([ask(wired, registry), ask(wired, registry), ask(wired, registry)])
    expect(early).toEqual(Array(2).fill(registry.base + path))
  })

  test('lets a first write be looked up before it is repeated, and not wait for itself', async () => {
    const registry = await openScript([
      { method: 'PUT', path, answer: { status: 503 } },
      { method: 'HEAD', path, answer: { status: 404 } },
      { method: 'PUT', path, answer: { status: 201 } }
    ])
    const wired = wire()
    const beforeRepeat = async (): Promise<undefined> => {
      await ask(wired, registry, { method: 'HEAD' })
    }
    expect(await ask(wired, registry, { method: 'PUT', beforeRepeat })).toMatchObject({ status: 201 })
  })
})
