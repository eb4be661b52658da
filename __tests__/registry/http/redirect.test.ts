/** Tests of redirects: where they lead, and what follows there. */
import { describe, expect, test } from '@jest/globals'
import type { Request } from '../../../src/registry/http/message.ts'
import { followingRedirects, nextHop } from '../../../src/registry/http/redirect.ts'
import { openScript, openTransport } from '../opened.ts'
import { answerTo, requestTo } from '../requests.ts'

const bare = { accept: 'text/plain', range: 'bytes=7-' }
const secret = { ...bare, authorization: 'Bearer secret', 'x-client-secret': 'secret' }

describe('nextHop', () => {
  const request = requestTo('https://ghcr.io/v2/1', { method: 'HEAD', headers: secret, limit: 7 })
  const hopTo = (location: string): Request =>
    nextHop(request, answerTo(request, { status: 307, headers: { location } }))

  test.each([
    ['an absolute address', 'https://ghcr.io/b?c=d', 'https://ghcr.io/b?c=d'],
    ['a path', '/b?c=d', 'https://ghcr.io/b?c=d'],
    ['a relative path', '2', 'https://ghcr.io/v2/2'],
    ['a query alone', '?c=d', 'https://ghcr.io/v2/1?c=d'],
    ['the port that https has anyway', 'https://ghcr.io:443/b', 'https://ghcr.io/b'],
    ['the host in another case', 'https://GHCR.io/b', 'https://ghcr.io/b'],
    ['an empty address, which is the same once more', '', 'https://ghcr.io/v2/1']
  ])('leads to %s of the same origin, with the credential', (_where, location, url) => {
    expect(hopTo(location)).toEqual({ ...request, url: new URL(url) })
  })

  test.each([
    ['storage', 'https://s3.example/b?sig=x', 'https://s3.example/b?sig=x'],
    ['another port of the host', 'https://ghcr.io:8443/b', 'https://ghcr.io:8443/b'],
    ['a host below', 'https://cdn.ghcr.io/b', 'https://cdn.ghcr.io/b'],
    ['a host above', 'https://io/b', 'https://io/b'],
    ['a host that begins alike', 'https://ghcr.io.evil.example/b', 'https://ghcr.io.evil.example/b'],
    ['a host behind a name', 'https://ghcr.io@evil.example/b', 'https://ghcr.io@evil.example/b'],
    ['another host by the same scheme', '//evil.example/b', 'https://evil.example/b']
  ])('leads to %s without the credential', (_where, location, url) => {
    expect(hopTo(location)).toEqual({
      ...request,
      url: new URL(url),
      headers: bare,
      namedBy: request.url
    })
  })

  test('is the word of the registry also where storage redirects again, to another port of its own', () => {
    const registry = new URL('https://ghcr.io/v2/1')
    const storage = requestTo('https://s3.example/b', { headers: bare, namedBy: registry })
    const hop = nextHop(storage, answerTo(storage, { headers: { location: 'https://s3.example:8443/b' } }))
    expect([hop.url.href, hop.namedBy]).toEqual(['https://s3.example:8443/b', registry])
  })

  test('leads from http to https, which is another origin', () => {
    const plain = requestTo('http://ghcr.io/v2/1', { headers: secret })
    const hop = nextHop(plain, answerTo(plain, { headers: { location: 'https://ghcr.io/v2/1' } }))
    expect([hop.url.href, hop.headers]).toEqual(['https://ghcr.io/v2/1', bare])
  })

  test.each([
    ['from https to http', 'https://ghcr.io/', 'http://ghcr.io/'],
    ['from https to http on loopback', 'https://ghcr.io/', 'http://127.0.0.1/'],
    ['to a file', 'http://127.0.0.1/', 'file:///etc/passwd'],
    ['to a script', 'https://ghcr.io/', 'javascript:alert(1)'],
    ['to data', 'https://ghcr.io/', 'data:text/plain,hello'],
    ['to what is no address', 'https://ghcr.io/', 'https://'],
    ['to a port that there is not', 'https://ghcr.io/', 'https://ghcr.io:99999/'],
    ['to nowhere', 'https://ghcr.io/', undefined]
  ])('refuses to lead %s', (_where, from, location) => {
    const asked = requestTo(from)
    expect(() => nextHop(asked, answerTo(asked, { headers: { location } }))).toThrow(
      expect.objectContaining({ code: 'REGISTRY_REJECTED' })
    )
  })

  test('repeats nothing of a bad address that the runner would obey', () => {
    expect(() => hopTo('https://##[error]x\r\n::error::')).toThrow(
      /^[^\r\n]*redirects to "https:\/\/# #\[error\]x ::error::"[^\r\n]*$/
    )
  })
})

describe('followingRedirects', () => {
  test.each([301, 302, 303, 307, 308])('follows %i with GET and with HEAD', async status => {
    for (const method of ['GET', 'HEAD'] as const) {
      const server = await openScript(
        [
          { method, path: '/a', answer: { status, headers: { location: 'b?c=d' } } },
          { method, path: '/b?c=d', answer: { body: 'here' } }
        ],
        { inOrder: true }
      )
      const response = await follow(requestTo(`${server.base}/a`, { method, headers: secret }))
      expect(response).toMatchObject({ status: 200, url: new URL(`${server.base}/b?c=d`) })
      expect(Buffer.from(response.body).toString()).toBe(method === 'GET' ? 'here' : '')
      expect(server.requests.map(({ authorization }) => authorization)).toEqual(
        Array(2).fill('Bearer secret')
      )
    }
  })

  test('hands on what is no redirect', async () => {
    const answer = { status: 304, headers: { location: '/b' } }
    const server = await openScript([{ method: 'GET', path: '/a', answer }])
    expect(await follow(requestTo(`${server.base}/a`))).toMatchObject({ status: 304 })
  })

  test.each([307, 308])(
    'follows %i with an upload within the origin, body and credential included',
    async status => {
      const server = await openScript([
        { method: 'PUT', path: '/a', answer: { status, headers: { location: '/b' } } },
        { method: 'PUT', path: '/b', answer: { status: 201 } }
      ])
      const upload = requestTo(`${server.base}/a`, { method: 'PUT', body: Buffer.from('x'), headers: secret })
      expect(await follow(upload)).toMatchObject({ status: 201 })
      expect(server.requests[1]).toMatchObject({
        authorization: 'Bearer secret',
        headers: { 'content-length': '1' }
      })
    }
  )

  test.each([
    [301, '/b'],
    [302, '/b'],
    [303, '/b'],
    [307, 'https://elsewhere.example/b'],
    [308, 'http://127.0.0.1:9/b'],
    [307, 'https://'],
    [308, 'blob:ORIGIN/b']
  ])('does not follow %i to %s with an upload', async (status, location) => {
    const sent: string[] = []
    const send = followingRedirects(request => {
      sent.push(request.url.href)
      const to = location.replace('ORIGIN', request.url.origin)
      return Promise.resolve(answerTo(request, { status, headers: { location: to } }))
    })
    const upload = requestTo('https://ghcr.io/a', { method: 'PUT', body: Buffer.from('x') })
    expect(await send(upload)).toMatchObject({ status })
    expect(sent).toEqual(['https://ghcr.io/a'])
  })

  test('shows the credential neither to another port of the host nor to who sends back from there', async () => {
    const registry = await openScript([{ method: 'GET', path: '/back', answer: { body: 'here' } }])
    const location = `${registry.base}/back`
    const storage = await openScript([
      { method: 'GET', path: '/b', answer: { status: 307, headers: { location } } }
    ])
    const first = await openScript([
      { method: 'GET', path: '/a', answer: { status: 307, headers: { location: `${storage.base}/b` } } }
    ])
    expect(await follow(requestTo(`${first.base}/a`, { headers: secret }))).toMatchObject({ status: 200 })
    const shown = [first, storage, registry].map(({ requests: [request] }) => request?.authorization)
    expect(shown).toEqual(['Bearer secret', undefined, undefined])
  })

  test('sends the name of the host it goes to', async () => {
    const storage = await openScript([{ method: 'GET', path: '/b', answer: {} }])
    const location = `${storage.base}/b`
    const server = await openScript([
      { method: 'GET', path: '/a', answer: { status: 302, headers: { location } } }
    ])
    await follow(requestTo(`${server.base}/a`))
    expect(storage.requests[0]?.headers.host).toBe(storage.host)
  })

  test('follows five in a row', async () => {
    const server = await openScript(hops(5, { body: 'here' }), { inOrder: true })
    expect(await follow(requestTo(`${server.base}/0`))).toMatchObject({ status: 200 })
  })

  test('does not follow the sixth', async () => {
    const server = await openScript(hops(6).slice(0, 6), { inOrder: true })
    await expect(follow(requestTo(`${server.base}/0`))).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED',
      message: expect.stringContaining(`GET ${server.base}/0: the registry's redirect is refused`)
    })
  })

  test('ends where redirects lead in a circle', async () => {
    const answer = { status: 307, headers: { location: '/a' } }
    const server = await openScript([{ method: 'GET', path: '/a', answer, times: 6 }])
    await expect(follow(requestTo(`${server.base}/a`))).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })

  test('refuses to go from https to http before it asks there', async () => {
    const server = await openScript([])
    const asked: string[] = []
    const send = followingRedirects(request => {
      asked.push(request.url.href)
      return Promise.resolve(answerTo(request, { status: 302, headers: { location: `${server.base}/b` } }))
    })
    await expect(send(requestTo('https://ghcr.io/v2/1'))).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
    expect(asked).toEqual(['https://ghcr.io/v2/1'])
  })
})

function follow(request: Request): ReturnType<ReturnType<typeof followingRedirects>> {
  return followingRedirects(openTransport().send)(request)
}

/** `/0` redirects to `/1` and so on, and the last answers. */
function hops(count: number, last: { readonly body?: string } = {}): Parameters<typeof openScript>[0] {
  const redirects = Array.from({ length: count }, (_, hop) => ({
    method: 'GET',
    path: `/${hop.toString()}`,
    answer: { status: 307, headers: { location: `/${(hop + 1).toString()}` } }
  }))
  return [...redirects, { method: 'GET', path: `/${count.toString()}`, answer: last }]
}
