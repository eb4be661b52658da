/** Tests of what is done before the rest of the action is loaded. */
import { describe, expect, test } from '@jest/globals'
import { begin } from '../../src/action/begin.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { openServer, opened, until } from '../registry/opened.ts'

describe('before the rest is loaded', () => {
  test('one connection is opened to each registry, and the inputs are known', async () => {
    const servers = await Promise.all([openServer(), openServer(), openServer()])
    const [one, two, three] = servers.map(({ host }) => host)
    const { inputs, early } = begin({
      INPUT_PROMOTIONS: `${one}/a:1 + ${one}/b:1 -> ${two}/a:2 ${one}/a:2\n${three}/c:1 -> ${three}/c:2`
    })
    opened(early)
    await until(() => servers.every(({ sockets }) => sockets.length > 0))
    expect(inputs().request.promotions.length).toBe(2)
    expect(servers.map(({ sockets }) => sockets.length)).toEqual([1, 1, 1])
  })

  test('no more than 32 registries are connected to', () => {
    const hosts = Array.from({ length: 40 }, (_, number) => `127.0.0.${(number + 1).toString()}:1`)
    const { early } = begin({ INPUT_PROMOTIONS: hosts.map(host => `${host}/a:1 -> ${host}/a:2`).join('\n') })
    opened(early)
    const taken = hosts.map(host => early.take(new URL(`http://${host}`)))
    expect(taken.map(connection => connection !== undefined)).toEqual(hosts.map((_, number) => number < 32))
  })

  test('nothing is connected to if an input is wrong', async () => {
    const { host, sockets } = await openServer()
    const { inputs, early, secrets } = begin({
      INPUT_REGISTRY: host,
      INPUT_REPOSITORY: 'a',
      INPUT_SOURCE: '1',
      INPUT_TARGET: '2',
      INPUT_PASSWORD: 'secret'
    })
    opened(early)
    await early.underWay()
    expect(inputs).toThrow(PromotionError)
    expect(secrets).toEqual(['secret'])
    expect(early.take(new URL(`http://${host}`))).toBeUndefined()
    expect(sockets.length).toBe(0)
  })
})
