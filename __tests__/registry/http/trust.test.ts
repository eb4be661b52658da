/** Tests of the certificates that Docker trusts, over real handshakes. */
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Transport } from '../../../src/registry/http/transport.ts'
import { type CertificatePlaces, certificatePlaces, trustIn } from '../../../src/registry/http/trust.ts'
import { type Certificate, makeCertificate } from '../../../testing/certificate.ts'
import { listen } from '../../../testing/loopback.ts'
import { startProxy } from '../../../testing/proxy-server.ts'
import { openTransport, opened } from '../opened.ts'
import { setProxy } from '../proxy-environment.ts'
import { requestTo } from '../requests.ts'

const [server, other, named, client] = await Promise.all([
  makeCertificate('127.0.0.1'),
  makeCertificate('127.0.0.1'),
  makeCertificate('registry.test'),
  makeCertificate('anna')
])
const root = mkdtempSync(join(tmpdir(), 'retag-trust-'))
afterAll(() => {
  rmSync(root, { recursive: true })
})

let docker: string

/** Puts files where Docker looks for those of a host. */
function put(host: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(docker, host))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(docker, host, name), text)
}

/** Starts a TLS server; with an authority, it wants a client certificate of it. */
async function serve(
  own: Certificate,
  authority?: Certificate
): Promise<{ host: string; methods: string[] }> {
  const methods: string[] = []
  const mutual = authority && { ca: authority.certificate, requestCert: true }
  const https = createServer({ cert: own.certificate, key: own.key, ...mutual }, (request, response) => {
    methods.push(request.method ?? '')
    response.end('hello')
  })
  return { host: opened(await listen(https)).host, methods }
}

/** Opens a transport on a machine that has these certificates, and counts how often they are read. */
function machine(places: Partial<CertificatePlaces> = {}): Transport & { readonly reads: string[] } {
  const reads: string[] = []
  const trust = trustIn({ docker, bundles: [], extra: undefined, ...places })
  const transport = openTransport(undefined, {
    trustFor: url => {
      reads.push(url.host)
      return trust(url)
    }
  })
  return { ...transport, reads }
}

function file(name: string, text: string): string {
  const path = join(root, name)
  writeFileSync(path, text)
  return path
}

const untrusted = {
  code: 'REGISTRY_UNAVAILABLE',
  message: expect.stringContaining('its TLS certificate is not trusted')
}

describe('what Docker trusts', () => {
  beforeEach(() => {
    setProxy(undefined)
    docker = mkdtempSync(join(root, 'certs.d-'))
  })

  describe('a certificate that Node does not trust', () => {
    test('is trusted where Docker’s folder for the host names its authority', async () => {
      const { host, methods } = await serve(server)
      put(host, { 'ca.crt': server.certificate })
      const { send, reads } = machine()
      const requests = Array.from({ length: 4 }, () => send(requestTo(`https://${host}/`)))
      for (const answer of await Promise.all(requests)) expect(answer).toMatchObject({ status: 200 })
      const upload = requestTo(`https://${host}/`, { method: 'PUT', body: Buffer.from('{}') })
      expect(await send(upload)).toMatchObject({ status: 200 })
      expect(methods).toEqual(['GET', 'GET', 'GET', 'GET', 'PUT'])
      expect(reads).toEqual([host])
    })

    test('is trusted through a proxy too', async () => {
      const { host } = await serve(named)
      const name = host.replace('127.0.0.1', 'registry.test')
      const proxy = opened(await startProxy({ [name]: host }))
      setProxy(proxy.url)
      put(name, { 'ca.crt': named.certificate })
      expect(await machine().send(requestTo(`https://${name}/`))).toMatchObject({ status: 200 })
      expect(proxy.connects).toEqual([name, name])
    })

    test.each([
      [
        'of another host',
        () => {
          put('registry.example', { 'ca.crt': server.certificate })
        }
      ],
      [
        'that is no authority’s (.pem)',
        (host: string) => {
          put(host, { 'ca.pem': server.certificate })
        }
      ],
      [
        'that does not fit',
        (host: string) => {
          put(host, { 'ca.crt': other.certificate })
        }
      ],
      [
        'that is no certificate',
        (host: string) => {
          put(host, { 'ca.crt': 'not PEM' })
        }
      ],
      ['that is not there', () => undefined]
    ])('is not trusted for the sake of a file %s', async (_which, prepare) => {
      const { host, methods } = await serve(server)
      prepare(host)
      await expect(machine().send(requestTo(`https://${host}/`))).rejects.toMatchObject(untrusted)
      expect(methods).toEqual([])
    })

    test.each(['bundles', 'extra'] as const)('is trusted where %s name its authority', async place => {
      const { host } = await serve(server)
      const path = file(`${place}.pem`, server.certificate)
      const { send } = machine(
        place === 'extra' ? { extra: path } : { bundles: [join(root, 'absent.pem'), path] }
      )
      expect(await send(requestTo(`https://${host}/`))).toMatchObject({ status: 200 })
    })

    test('is not trusted for another name, whoever signed it', async () => {
      const { host } = await serve(named)
      const { send, reads } = machine()
      put(host, { 'ca.crt': named.certificate })
      await expect(send(requestTo(`https://${host}/`))).rejects.toMatchObject(untrusted)
      expect(reads).toEqual([host])
    })

    test.each([
      [
        'cannot be read',
        'EISDIR',
        (folder: string) => {
          mkdirSync(join(folder, 'ca.crt'))
        }
      ],
      [
        'lacks its key',
        'ENOENT',
        (folder: string) => {
          writeFileSync(join(folder, 'a.cert'), 'PEM')
        }
      ],
      [
        'is no certificate',
        'PEM',
        (folder: string) => {
          writeFileSync(join(folder, 'a.cert'), 'text')
          writeFileSync(join(folder, 'a.key'), 'text')
        }
      ]
    ])('names the file of Docker’s that %s', async (_how, why, prepare) => {
      const { host } = await serve(server)
      put(host, {})
      prepare(join(docker, host))
      await expect(machine().send(requestTo(`https://${host}/`))).rejects.toMatchObject({
        code: 'REGISTRY_UNAVAILABLE',
        message: expect.stringMatching(
          new RegExp(
            `^GET https://${host}/: .*${host}/.*, which Docker would use, cannot be used \\(.*${why}`
          )
        )
      })
    })
  })

  test('certificates are read for no host that Node trusts', async () => {
    const plain = await serve(server)
    const { send, reads } = machine()
    await expect(send(requestTo(`http://${plain.host}/`))).rejects.toThrow()
    expect(reads).toEqual([])
  })

  describe('a server that wants a client certificate', () => {
    test('is shown the one in Docker’s folder for it', async () => {
      const { host, methods } = await serve(server, client)
      put(host, { 'ca.crt': server.certificate, 'a.cert': client.certificate, 'a.key': client.key })
      expect(await machine().send(requestTo(`https://${host}/`))).toMatchObject({ status: 200 })
      expect(methods).toEqual(['GET'])
    })

    test('is not shown one of another host', async () => {
      const { host, methods } = await serve(server, client)
      put(host, { 'ca.crt': server.certificate })
      put('registry.example', { 'a.cert': client.certificate, 'a.key': client.key })
      await expect(machine().send(requestTo(`https://${host}/`))).rejects.toMatchObject({
        code: 'REGISTRY_UNAVAILABLE'
      })
      expect(methods).toEqual([])
    })
  })
})

describe('certificatePlaces', () => {
  test('are those of Docker and Go', () => {
    const places = certificatePlaces({ NODE_EXTRA_CA_CERTS: '' }, 'linux')
    expect(places).toMatchObject({ docker: '/etc/docker/certs.d', extra: undefined })
    expect(places.bundles[0]).toBe('/etc/ssl/certs/ca-certificates.crt')
    const env = { ProgramData: 'D:/data', SSL_CERT_FILE: '/a.pem', NODE_EXTRA_CA_CERTS: '/b.pem' }
    expect(certificatePlaces(env, 'win32')).toEqual({
      docker: join('D:/data', 'docker', 'certs.d'),
      bundles: ['/a.pem'],
      extra: '/b.pem'
    })
  })
})
