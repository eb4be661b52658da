/** Tests of encoded bodies, over real sockets. */
import { describe, expect, test } from '@jest/globals'
import { gzipSync } from 'node:zlib'
import { openScript, openTransport } from '../opened.ts'
import { requestTo } from '../requests.ts'

const packed = gzipSync('{"token":"t"}')

describe('an encoded answer', () => {
  test('is not asked for', async () => {
    const script = await openScript([{ method: 'GET', path: '/', answer: {} }])
    await openTransport().send(requestTo(`${script.base}/`))
    expect(script.requests[0]?.headers['accept-encoding']).toBe('identity')
  })

  test.each(['gzip', 'GZIP', 'br', 'x-unheard-of', 'identity, gzip'])(
    'is refused where it says %s',
    async encoding => {
      const headers = { 'content-encoding': encoding }
      const script = await openScript([{ method: 'GET', path: '/', answer: { headers, body: packed } }])
      await expect(openTransport().send(requestTo(`${script.base}/`))).rejects.toMatchObject({
        code: 'REGISTRY_REJECTED',
        message: expect.stringContaining(`encoded ("${encoding}")`)
      })
    }
  )

  test.each(['', 'identity', ' Identity'])('is none where it says %j', async encoding => {
    const headers = { 'content-encoding': encoding }
    const script = await openScript([{ method: 'GET', path: '/', answer: { headers, body: 'a' } }])
    const { body } = await openTransport().send(requestTo(`${script.base}/`))
    expect(Buffer.from(body).toString()).toBe('a')
  })

  test('says nothing where it is an error', async () => {
    const answer = { status: 502, headers: { 'content-encoding': 'gzip' }, body: packed }
    const script = await openScript([{ method: 'GET', path: '/', answer }])
    expect(await openTransport().send(requestTo(`${script.base}/`))).toMatchObject({
      status: 502,
      body: { length: 0 }
    })
  })

  test('does no harm to a write that is done, or to an answer whose body nobody reads', async () => {
    const headers = { 'content-encoding': 'gzip' }
    const script = await openScript([
      { method: 'PUT', path: '/', answer: { status: 201, headers, body: packed } },
      { method: 'GET', path: '/', answer: { status: 307, headers, body: packed } },
      { method: 'HEAD', path: '/', answer: { headers } }
    ])
    const { send } = openTransport()
    const url = `${script.base}/`
    expect(await send(requestTo(url, { method: 'PUT', body: Buffer.from('a') }))).toMatchObject({
      status: 201
    })
    expect(await send(requestTo(url))).toMatchObject({ status: 307 })
    expect(await send(requestTo(url, { method: 'HEAD' }))).toMatchObject({ status: 200 })
  })
})
