/** Tests of registries on this machine that want TLS, through the whole stack. */
import { describe, expect, test } from '@jest/globals'
import { connect, createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { makeCertificate } from '../../../testing/certificate.ts'
import { image } from '../../../testing/images.ts'
import { listen } from '../../../testing/loopback.ts'
import { startTlsFront } from '../../../testing/tls-front.ts'
import type { Profile } from '../../../testing/profiles.ts'
import { betweenTwo, blob, hasIt, ignore } from '../blob-scenes.ts'
import { openRegistry, openScript, opened } from '../opened.ts'
import { type Wired, anna, annaBasic, at, tagAt, wire } from '../wired.ts'

const certificate = await makeCertificate('127.0.0.1')
const pushed = image()
const accounts = { kind: 'basic', accounts: { anna: 'pass:wörd' } } as const
const HANDSHAKE = 22

/** Puts TLS in front of a registry, as a server does that answers plain HTTP with `said`, or hangs up. */
async function startFront(
  to: string,
  said?: string | Uint8Array
): Promise<{ host: string; plain: () => number }> {
  const front = opened(await startTlsFront(to, certificate))
  const [hostname = '', port = ''] = front.host.split(':')
  let plain = 0
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.once('data', first => {
      if (first[0] === HANDSHAKE) {
        const behind = connect(Number(port), hostname)
        behind.on('error', () => socket.destroy()).write(first)
        socket.pipe(behind).pipe(socket)
      } else {
        plain++
        if (said === undefined) socket.destroy()
        else socket.end(said)
      }
    })
  })
  const { host } = opened(await listen(server))
  return { host, plain: () => plain }
}

function wired(rest: Parameters<typeof wire>[0] = {}): Wired {
  const context = createSecureContext({ ca: certificate.certificate })
  return wire({ ...rest, machine: { trustFor: () => Promise.resolve(context) } })
}

const badRequest = (said: string): string =>
  `HTTP/1.1 400 Bad Request\r\nContent-Length: ${said.length.toString()}\r\nConnection: close\r\n\r\n${said}`
const alert = Uint8Array.of(21, 3, 1, 0, 2, 2, 70)

describe('a registry on this machine that wants TLS', () => {
  test.each([
    ['says so as Go does', badRequest('Client sent an HTTP request to an HTTPS server.\n')],
    ['says so as nginx does', badRequest('<h1>400</h1> The plain HTTP request was sent to HTTPS port')],
    ['says so as Apache does', badRequest("You're speaking plain HTTP to an SSL-enabled server port.")],
    ['answers with an alert', alert],
    ['hangs up', undefined]
  ])('is spoken to in TLS where it %s', async (_how, said) => {
    const registry = await openRegistry({ auth: accounts })
    registry.seed('acme/app', pushed, ['1'])
    const server = await startFront(registry.host, said)
    const { client, slept } = wired({ credential: anna })
    const found = await client.getManifest(at(server, ':1'))
    expect(found?.digest).toBe(pushed.digest)
    if (found) await client.putManifest(tagAt(server, '2'), found)
    expect(registry.tag('acme/app', '2')).toBe(pushed.digest)
    expect(registry.log.map(({ authorization }) => authorization)).toEqual([undefined, annaBasic, annaBasic])
    expect([server.plain(), slept]).toEqual([1, []])
  })

  test('leads uploads to itself by https, and gets the login there', async () => {
    const absolute: Profile = {
      name: 'absolute',
      after: ({ headers }, answer) => {
        const { location } = answer.headers ?? {}
        if (typeof location !== 'string') return answer
        const { pathname, search } = new URL(location, 'https://registry')
        return {
          ...answer,
          headers: { ...answer.headers, location: `https://${headers.host ?? ''}${pathname}${search}` }
        }
      }
    }
    const { registry, placement } = await betweenTwo({ auth: accounts, profile: absolute })
    const server = await startFront(registry.host, alert)
    const { client } = wired({ credential: anna })
    const to = at(server, ':1').repository
    expect(await client.hasBlob(to, blob.digest)).toBe(false)
    await client.placeBlob({ ...placement, to: { ...to, name: placement.to.name } }, ignore)
    expect(hasIt(registry)).toBe(true)
  })

  test('is not trusted without its authority', async () => {
    const { host } = await startFront('127.0.0.1:1')
    await expect(wire().client.getManifest(at({ host }, ':1'))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining(
        `GET https://${host}/v2/acme/app/manifests/1: its TLS certificate is not trusted`
      )
    })
  })
})

describe('a registry on this machine that speaks plain HTTP', () => {
  test('is not asked for TLS when it hangs up after an answer, nor when it refuses in other words', async () => {
    const path = '/v2/acme/app/manifests/1'
    const server = await openScript([
      { method: 'GET', path, answer: { status: 400, body: 'Bad request: HTTPS' } },
      { method: 'GET', path, answer: { fault: 'reset' } },
      { method: 'GET', path, answer: { status: 404 } }
    ])
    const { client } = wire()
    await expect(client.getManifest(at(server, ':1'))).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(await client.getManifest(at(server, ':1'))).toBeUndefined()
    expect(server.connections).toBe(2)
  })

  test('is asked again without TLS when it hangs up at first', async () => {
    const path = '/v2/acme/app/manifests/1'
    const server = await openScript([
      { method: 'GET', path, answer: { fault: 'reset' } },
      { method: 'GET', path, answer: { status: 404 } }
    ])
    expect(await wire().client.getManifest(at(server, ':1'))).toBeUndefined()
    expect(server.connections).toBe(3)
  })
})
