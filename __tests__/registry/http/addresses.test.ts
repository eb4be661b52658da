/** Tests of which addresses connections may go to, by a lookup of their own. */
import { beforeEach, describe, expect, test } from '@jest/globals'
import type { LookupFunction } from 'node:net'
import { Addresses, type Reach, reaches, vetAddress } from '../../../src/registry/http/addresses.ts'
import { followingRedirects } from '../../../src/registry/http/redirect.ts'
import { errorThrownBy } from '../../../testing/code-thrown-by.ts'
import { openScript, openTransport } from '../opened.ts'
import { setProxy } from '../proxy-environment.ts'
import { requestTo } from '../requests.ts'

describe('vetAddress', () => {
  beforeEach(() => {
    setProxy(undefined)
  })

  test.each<[Reach, string[]]>([
    ['public', ['8.8.8.8', '172.32.0.1', '2606:4700::1', '::ffff:8.8.8.8']],
    ['private', ['10.1.2.3', '100.64.0.1', '172.16.0.1', '192.168.1.1', 'fd00::1', '::ffff:10.0.0.1']],
    ['loopback', ['127.0.0.1', '127.8.8.8', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1']]
  ])('lets %s addresses pass where the registry is as near', (reach, addresses) => {
    for (const address of addresses)
      for (const limit of reaches) {
        const error = errorThrownBy(() => vetAddress(address, limit, 'a.example'))
        expect([address, limit, error?.code]).toEqual([
          address,
          limit,
          reaches.indexOf(reach) > reaches.indexOf(limit) ? 'REGISTRY_REJECTED' : undefined
        ])
      }
  })

  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    'fe80::1',
    '168.63.129.16',
    '100.100.100.200',
    'fd00:ec2::254'
  ])('never lets %s pass', address => {
    const error = errorThrownBy(() => vetAddress(address, 'loopback', 'a.example'))
    expect(error).toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: `a.example is at ${address}, which is link-local or the metadata service of a cloud`
    })
  })
})

/** Looks names up in a table; counts how often. */
function table(known: Readonly<Record<string, string[]>>): { addresses: Addresses; asked: string[] } {
  const asked: string[] = []
  const lookup: LookupFunction = (hostname, options, callback) => {
    asked.push(hostname)
    const found = known[hostname]?.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    if (found) callback(null, found)
    else callback(Object.assign(new Error(`${hostname} ${String(options.all)}`), { code: 'ENOTFOUND' }), [])
  }
  return { addresses: new Addresses(lookup), asked }
}

describe('a connection', () => {
  const ok = { method: 'GET', path: '/', answer: { body: 'x' }, times: 'any' } as const

  test('goes to the address that was checked, looked up once', async () => {
    const server = await openScript([ok])
    const { port } = new URL(server.base)
    const names = table({ 'registry.test': ['127.0.0.1'] })
    const { send } = openTransport(undefined, names)
    for (let time = 0; time < 2; time++)
      expect(await send(requestTo(`http://registry.test:${port}/`))).toMatchObject({ status: 200 })
    expect(names.asked).toEqual(['registry.test'])
  })

  test.each(['169.254.169.254', '168.63.129.16', 'fe80::1'])(
    'is not made to a registry whose name is at %s',
    async address => {
      const { send } = openTransport(undefined, table({ 'registry.test': ['8.8.8.8', address] }))
      await expect(send(requestTo('https://registry.test/'))).rejects.toMatchObject({
        code: 'REGISTRY_REJECTED',
        message: expect.stringContaining(`GET https://registry.test/: registry.test is at ${address}`)
      })
    }
  )

  test.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://[::ffff:a9fe:a9fe]/'])(
    'is not made to %s',
    async url => {
      await expect(openTransport().send(requestTo(url))).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    }
  )

  test('is not made to this machine for a host that a registry elsewhere names', async () => {
    const server = await openScript([ok])
    const { port } = new URL(server.base)
    const { send } = openTransport(undefined, table({ 'storage.test': ['127.0.0.1'] }))
    const namedBy = new URL('https://registry.test/v2/')
    for (const host of ['storage.test', '127.0.0.1'])
      await expect(send(requestTo(`http://${host}:${port}/`, { namedBy }))).rejects.toMatchObject({
        code: 'REGISTRY_REJECTED',
        message: expect.stringContaining('which is this machine; the registry that names this host is not')
      })
    expect(server.requests).toEqual([])
  })

  test('that the registry itself may have is not lent to what another names', async () => {
    const server = await openScript([ok])
    const { port } = new URL(server.base)
    const { send } = openTransport(undefined, table({ 'mine.test': ['127.0.0.1'] }))
    const url = `http://mine.test:${port}/`
    expect(await send(requestTo(url))).toMatchObject({ status: 200 })
    await expect(send(requestTo(url, { namedBy: new URL('https://evil.test/') }))).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED'
    })
  })

  test('follows a redirect to another name on this machine where the registry is on it too', async () => {
    const storage = await openScript([ok])
    const { port } = new URL(storage.base)
    const location = `http://storage.test:${port}/`
    const registry = await openScript([
      { method: 'GET', path: '/', answer: { status: 307, headers: { location } }, times: 'any' }
    ])
    const names = table({ 'storage.test': ['127.0.0.1'], 'registry.test': ['127.0.0.1', '8.8.8.8'] })
    const send = followingRedirects(openTransport(undefined, names).send)
    expect(await send(requestTo(registry.base + '/'))).toMatchObject({ status: 200 })
    // One that has a public address as well is not on this machine.
    const elsewhere = registry.base.replace('127.0.0.1', 'registry.test')
    await expect(send(requestTo(`${elsewhere}/`))).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })

  test('says of a name that nobody knows what it said before', async () => {
    await expect(
      openTransport(undefined, table({})).send(requestTo('https://registry.test/'))
    ).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('no such host')
    })
  })
})
