/** Tests of which proxy a URL is reached through, and of what is said where it does not work. */
import { describe, expect, test } from '@jest/globals'
import { createServer } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import type { PromotionError } from '../../../src/oci/errors.ts'
import { Addresses } from '../../../src/registry/http/addresses.ts'
import type { Deadline } from '../../../src/registry/http/deadline.ts'
import { isPassing } from '../../../src/registry/http/network-error.ts'
import { proxyFor } from '../../../src/registry/http/proxy.ts'
import { listen } from '../../../testing/loopback.ts'
import { opened, openScript, openTransport } from '../opened.ts'
import { setProxy } from '../proxy-environment.ts'
import { requestTo } from '../requests.ts'

describe('proxyFor', () => {
  const proxy = 'http://proxy.example:3128'

  test.each([
    [{ https_proxy: proxy, HTTPS_PROXY: 'http://other' }, `${proxy}/`],
    [{ https_proxy: '', HTTPS_PROXY: proxy }, `${proxy}/`],
    [{ https_proxy: '10.0.0.1:3128' }, 'http://10.0.0.1:3128/'],
    [{ http_proxy: proxy }, undefined],
    [{}, undefined]
  ])('of https by %j', (env, expected) => {
    expect(proxyFor(new URL('https://a.example/v2/'), env)?.href).toBe(expected)
  })

  test.each([
    [{ http_proxy: proxy }, `${proxy}/`],
    [{ HTTP_PROXY: proxy }, `${proxy}/`],
    [{ https_proxy: proxy }, undefined]
  ])('of http by %j', (env, expected) => {
    expect(proxyFor(new URL('http://a.example/v2/'), env)?.href).toBe(expected)
  })

  const bypassed = (host: string, list: string): boolean =>
    proxyFor(new URL(`https://${host}/`), { https_proxy: proxy, no_proxy: list }) === undefined

  test.each([
    ['a.example', '*'],
    ['a.example', 'a.example'],
    ['A.example', 'b.example, A.EXAMPLE'],
    ['b.a.example', 'a.example'],
    ['b.a.example', '.a.example'],
    ['b.a.example', 'x *.a.example'],
    ['a.example:8443', 'a.example:8443'],
    ['a.example', 'a.example:443'],
    ['b.a.example:8443', '*.a.example:8443'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '0.0.0.0/0'],
    ['[fd00::1]', 'fd00::1'],
    ['[fd00::1]:8443', '[fd00::1]:8443'],
    ['[fd00::1]', 'fd00::/8'],
    ['localhost', ''],
    ['a.localhost', ''],
    ['127.1.2.3', ''],
    ['[::1]', '']
  ])('leaves %s alone by no_proxy=%j', (host, list) => {
    expect(bypassed(host, list)).toBe(true)
  })

  test.each([
    ['a.example', ''],
    ['a.example', ' , '],
    ['a.example', 'xa.example'],
    ['xa.example', 'a.example'],
    ['a.example', '.a.example'],
    ['a.example', '*.a.example'],
    ['a.example:8443', 'a.example:443'],
    ['a.example', ':443'],
    ['110.1.2.3', '10.1.2.3'],
    ['9.10.1.2', '10.1.2'],
    ['11.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/33'],
    ['10.1.2.3', '10.0.0.0/x'],
    ['10.1.2.3', 'fd00::/8'],
    ['[fc00::1]', 'fd00::/8'],
    ['a.example', '10.0.0.0/8']
  ])('reaches %s through the proxy by no_proxy=%j', (host, list) => {
    expect(bypassed(host, list)).toBe(false)
  })

  test('takes NO_PROXY where no_proxy is empty', () => {
    const env = { https_proxy: proxy, no_proxy: '', NO_PROXY: 'a.example' }
    expect(proxyFor(new URL('https://a.example/'), env)).toBeUndefined()
  })
})

test('a host that only no_proxy of Go knows is reached directly', async () => {
  setProxy('http://127.0.0.1:1')
  process.env.http_proxy = 'http://127.0.0.1:1'
  process.env.no_proxy = '*.registry.test'
  const server = await openScript([{ method: 'GET', path: '/', answer: {} }])
  const lookup: LookupFunction = (_hostname, _options, callback) => {
    callback(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const url = server.base.replace('127.0.0.1', 'a.registry.test')
  expect(
    await openTransport(undefined, { addresses: new Addresses(lookup) }).send(requestTo(`${url}/`))
  ).toMatchObject({ status: 200 })
})

describe('through a proxy', () => {
  const send = (proxy: string, deadline?: Deadline): Promise<unknown> => {
    setProxy(proxy)
    return openTransport(deadline).send(requestTo('https://registry.invalid/v2/'))
  }

  test('the deadline ends an exchange where the proxy never answers', async () => {
    const proxy = opened(await listen(createServer().on('connect', () => undefined)))
    const sent = send(`http://${proxy.host}`, { idle: 50, total: 600_000 })
    await expect(sent).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })

  test.each([
    [407, 'requires a login, or rejects the one that was sent', false],
    [403, 'does not connect to the registry', false],
    [502, 'does not connect to the registry', true]
  ])(
    'it is told that the proxy refuses by %d, and whether to try again',
    async (status, what, isTriedAgain) => {
      const connects: string[] = []
      const refusing = createServer().on('connect', ({ url = '' }, client: Socket) => {
        connects.push(url)
        client.end(`HTTP/1.1 ${status.toString()} No\r\n\r\n`)
      })
      const { host } = opened(await listen(refusing))
      const error: unknown = await send(`http://anna:secret@${host}`).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'REGISTRY_UNAVAILABLE',
        message: expect.stringMatching(
          `^GET https://registry\\.invalid/v2/: the proxy ${host} ${what} \\(.*${status.toString()}\\)$`
        )
      })
      expect(isPassing(error as PromotionError)).toBe(isTriedAgain)
      expect(connects).toEqual(['registry.invalid:443'])
    }
  )

  test.each([
    ['http://127.0.0.1:1', '127.0.0.1:1'],
    ['http://proxy.invalid:3128', 'proxy.invalid:3128']
  ])('it is told that %s cannot be reached', async (url, host) => {
    const error: unknown = await send(url).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining(`: the proxy ${host} cannot be reached (`)
    })
    expect(isPassing(error as PromotionError)).toBe(false)
  })

  test('a proxy that breaks the connection is tried again', async () => {
    const breaking = createServer().on('connect', (_, client: Socket) => client.resetAndDestroy())
    const { host } = opened(await listen(breaking))
    const error: unknown = await send(`http://${host}`).catch((thrown: unknown) => thrown)
    expect(isPassing(error as PromotionError)).toBe(true)
  })

  test.each([
    'proxy.example.com:3128',
    'http://anna:secret@proxy.example.com:port',
    'http://anna:secret%zz@proxy.example.com:3128',
    'socks5://anna:secret@proxy.example.com:1080',
    ' '
  ])('%j is not the address of one: nothing is sent past it, and no part of it is shown', async url => {
    const asked: string[] = []
    const lookup: LookupFunction = (hostname, _, callback) => {
      asked.push(hostname)
      callback(new Error('not to be looked up'), [])
    }
    setProxy(url)
    const transport = openTransport(undefined, { addresses: new Addresses(lookup) })
    const error: unknown = await transport
      .send(requestTo('https://registry.invalid/v2/'))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'GET https://registry.invalid/v2/: https_proxy is not a valid proxy URL'
    })
    expect(asked).toEqual([])
  })
})
