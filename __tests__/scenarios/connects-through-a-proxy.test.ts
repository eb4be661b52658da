/** Scenario: the runner reaches the world through a proxy only, and the registry's certificate is of a private authority. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from '../../testing/certificate.ts'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { startProxy } from '../../testing/proxy-server.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { startTlsFront } from '../../testing/tls-front.ts'

const certificate = await makeCertificate('registry.test')
const registry = await startDistribution()
const front = await startTlsFront(registry.host, certificate)
const name = front.host.replace('127.0.0.1', 'registry.test')
const proxy = await startProxy({ [name]: front.host })
const folder = await mkdtemp(join(tmpdir(), 'retag-authority-'))
const authority = join(folder, 'authority.pem')
afterAll(async () => {
  await Promise.all([proxy.close(), front.close(), registry.close(), rm(folder, { recursive: true })])
})

const here = { base: registry.base, repository: 'acme/app' }
const inputs = { registry: name, repository: 'acme/app', source: 'sha-1' }
const pushed = image()
beforeAll(async () => {
  await writeFile(authority, certificate.certificate)
  await push(here, pushed, ['sha-1'])
})

test('connects through a proxy', async () => {
  const env = { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: authority }
  const run = await runAction({ ...inputs, target: '1.4 latest' }, { env })

  expect(run).toMatchObject({ exitCode: 0, annotations: [], outputs: { digest: pushed.digest } })
  expect((await pull(here, 'latest'))?.digest).toBe(pushed.digest)
  expect(new Set(proxy.connects)).toEqual(new Set([name]))
})

test('trusts an authority of the system', async () => {
  const env = { https_proxy: proxy.url, SSL_CERT_FILE: authority }
  const run = await runAction({ ...inputs, target: 'system' }, { env })

  expect(run).toMatchObject({ exitCode: 0, annotations: [] })
  expect((await pull(here, 'system'))?.digest).toBe(pushed.digest)
})

test('speaks TLS to a registry on this machine that wants it', async () => {
  const local = await makeCertificate('127.0.0.1')
  const own = await startTlsFront(registry.host, local)
  const system = join(folder, 'system.pem')
  await writeFile(system, local.certificate)
  const run = await runAction(
    { ...inputs, registry: own.host, target: 'loopback' },
    { env: { SSL_CERT_FILE: system } }
  )
  await own.close()

  expect(run).toMatchObject({ exitCode: 0, annotations: [] })
  expect((await pull(here, 'loopback'))?.digest).toBe(pushed.digest)
})

test('says that it does not trust the certificate', async () => {
  const run = await runAction({ ...inputs, target: 'untrusted' }, { env: { https_proxy: proxy.url } })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: REGISTRY_UNAVAILABLE' }] })
  expect(run.annotations[0]?.message).toContain('its TLS certificate is not trusted')
  expect(run.annotations[0]?.message).toContain('NODE_EXTRA_CA_CERTS')
  expect(await pull(here, 'untrusted')).toBeUndefined()
})

test('goes past the proxy where no_proxy says so', async () => {
  const env = { https_proxy: 'http://127.0.0.1:1', no_proxy: 'registry.test', NODE_EXTRA_CA_CERTS: authority }
  const run = await runAction({ ...inputs, target: 'direct' }, { env })

  expect(run.annotations[0]?.message).toContain('there is no such host')
})
