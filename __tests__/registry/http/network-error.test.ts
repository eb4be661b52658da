/** Tests of what is said when there is no answer at all. */
import { beforeEach, describe, expect, test } from '@jest/globals'
import { networkError } from '../../../src/registry/http/network-error.ts'
import { makeCertificate } from '../../../testing/certificate.ts'
import { startTlsFront } from '../../../testing/tls-front.ts'
import { opened, openScript, openTransport } from '../opened.ts'
import { setProxy } from '../proxy-environment.ts'
import { requestTo } from '../requests.ts'

const request = requestTo('https://ghcr.io/v2/acme/app/manifests/1?x=secret')

describe('networkError', () => {
  test.each([
    ['ENOTFOUND', 'no such host'],
    ['EAI_AGAIN', 'cannot be resolved at the moment'],
    ['EAI_NODATA', 'no such host'],
    ['ECONNREFUSED', 'connection was refused'],
    ['EHOSTUNREACH', 'connection was refused'],
    ['ENETUNREACH', 'connection was refused'],
    ['EACCES', 'connection was refused'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate is not trusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate is not trusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate is not trusted'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate is not trusted'],
    ['CERT_HAS_EXPIRED', 'certificate is not trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate is not trusted'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'requires a client certificate'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'requires a client certificate'],
    ['EPROTO', 'does not speak TLS as expected'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS as expected'],
    ['HPE_INVALID_CONSTANT', 'not well-formed HTTP'],
    ['HPE_HEADER_OVERFLOW', 'not well-formed HTTP'],
    ['ECONNRESET', 'connection broke'],
    ['EPIPE', 'connection broke'],
    ['ETIMEDOUT', 'connection broke'],
    ['NO_SUCH_CODE', 'connection broke'],
    ['ENOTFOUND_AND_MORE', 'connection broke']
  ])('says of %s that %s', (code, meaning) => {
    const cause = Object.assign(new Error('what Node said'), { code })
    const error = networkError(request, cause)
    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', cause, advice: expect.stringMatching(/\.$/) })
    expect(error.message).toContain(`GET https://ghcr.io/v2/acme/app/manifests/1: `)
    expect(error.message).toContain(meaning)
    expect(error.message).toContain('(what Node said)')
    expect(error.message).not.toContain('secret')
  })

  test('takes the first of several addresses’ errors', () => {
    const refused = ['::1', '127.0.0.1'].map(address =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}:5000`), { code: 'ECONNREFUSED' })
    )
    // Node leaves the message empty where it wraps the errors of several addresses.
    const { message } = networkError(
      request,
      Object.assign(new AggregateError(refused), { code: 'ECONNREFUSED' })
    )
    expect(message).toContain('the connection was refused')
    expect(message).toContain('(connect ECONNREFUSED ::1:5000)')
  })

  test.each([
    ['an error without a code', new Error('socket hang up')],
    ['an error with a code that is a number', Object.assign(new Error('socket hang up'), { code: 7 })]
  ])('says of %s that the connection broke', (_what, cause) => {
    expect(networkError(request, cause).message).toMatch(/: the connection broke \(socket hang up\)$/)
  })

  test.each([undefined, null, 'text', 7, [], new AggregateError([])])(
    'is made of anything that is thrown: %p',
    thrown => {
      expect(networkError(request, thrown).message).toContain('the connection broke')
    }
  )

  test('repeats nothing that the runner would obey', () => {
    const { message } = networkError(request, new Error('##[error]a\n::error::b'))
    expect(message).toContain('(# #[error]a ::error::b)')
  })
})

describe('over the wire', () => {
  // The names of these tests are nobody's: no proxy may answer for them.
  beforeEach(() => {
    setProxy(undefined)
  })

  const failure = (url: string): Promise<unknown> => openTransport().send(requestTo(url))
  const meaning = (said: string): object => ({
    code: 'REGISTRY_UNAVAILABLE',
    message: expect.stringContaining(said)
  })

  test.each(['https://registry.invalid/v2/', 'http://registry.invalid/v2/'])(
    'there is no such host as that of %s',
    async url => {
      await expect(failure(url)).rejects.toMatchObject(meaning('there is no such host'))
    }
  )

  // No program may listen on port 1 without being root, and none does.
  test.each(['http://127.0.0.1:1/v2/', 'https://127.0.0.1:1/v2/'])('nobody listens at %s', async url => {
    await expect(failure(url)).rejects.toMatchObject(meaning('the connection was refused'))
  })

  test('an address of IPv6 is an address, not a name', async () => {
    const error = await failure('http://[::1]:1/v2/').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    expect(error).not.toMatchObject(meaning('no such host'))
  })

  test('a certificate has signed itself', async () => {
    const plain = await openScript([])
    const front = opened(await startTlsFront(plain.host, await makeCertificate('localhost')))
    await expect(failure(`https://${front.host}/v2/`)).rejects.toMatchObject({
      ...meaning('its TLS certificate is not trusted'),
      advice: expect.stringContaining('NODE_EXTRA_CA_CERTS')
    })
    expect(plain.requests).toEqual([])
  })

  test('the server speaks plain HTTP where TLS is expected', async () => {
    const plain = await openScript([])
    await expect(failure(`https://${plain.host}/v2/`)).rejects.toMatchObject({
      ...meaning('it does not speak TLS as expected'),
      advice: expect.stringContaining('insecure-registries')
    })
  })

  test('the server speaks TLS where plain HTTP is expected', async () => {
    const plain = await openScript([])
    const front = opened(await startTlsFront(plain.host, await makeCertificate('localhost')))
    await expect(failure(`http://${front.host}/v2/`)).rejects.toMatchObject(meaning('the connection broke'))
  })

  test('the server answers plain HTTP with a TLS alert', async () => {
    const alert = Buffer.of(21, 3, 1, 0, 2, 2, 70)
    const server = await openScript([{ method: 'GET', path: '/v2/', answer: { fault: 'raw', body: alert } }])
    await expect(failure(`${server.base}/v2/`)).rejects.toMatchObject({
      ...meaning('it speaks TLS, but the request was plain HTTP'),
      advice: expect.stringContaining('insecure-registries')
    })
  })

  test.each([
    ['lines end without a carriage return', 'HTTP/1.1 429 Too Many Requests\nRetry-After: 60\n\nslow down'],
    ['a length is no number', 'HTTP/1.1 202 Accepted\r\nContent-Length: None\r\n\r\n'],
    ['it is not HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['the headers are too large', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(64 * 1024)}\r\n\r\n`]
  ])('the answer is not well-formed: %s', async (_how, body) => {
    const server = await openScript([{ method: 'GET', path: '/v2/', answer: { fault: 'raw', body } }])
    await expect(failure(`${server.base}/v2/`)).rejects.toMatchObject({
      ...meaning('its answer is not well-formed HTTP'),
      advice: expect.stringContaining('429')
    })
  })

  test.each([
    ['is reset', { fault: 'reset' }],
    ['ends before an answer', { fault: 'raw', body: '' }],
    ['ends in the headers', { fault: 'raw', body: 'HTTP/1.1 200 OK\r\nContent-' }],
    ['ends in the body', { fault: 'truncate', body: '0123456789' }],
    [
      'ends in a chunk',
      { fault: 'raw', body: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab' }
    ]
  ] as const)('the connection %s', async (_how, answer) => {
    const server = await openScript([{ method: 'GET', path: '/v2/', answer }])
    await expect(failure(`${server.base}/v2/`)).rejects.toMatchObject(meaning('the connection broke'))
  })
})
