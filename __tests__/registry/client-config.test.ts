/** Tests of fetching the config of an image: what is asked, and what is not taken for one. */
import { describe, expect, test } from '@jest/globals'
import { parseDigest } from '../../src/oci/digest.ts'
import { type ImageConfig, MAXIMUM_CONFIG_BYTES } from '../../src/oci/config.ts'
import { digestOf, image } from '../../testing/images.ts'
import type { Answer } from '../../testing/scripted-server.ts'
import { openRegistry, openScript } from './opened.ts'
import { at, wire } from './wired.ts'

const built = image({ platform: 'linux/arm64', labels: { 'org.opencontainers.image.version': '1.4.0' } })
const [config] = built.blobs
const digest = parseDigest(config?.digest ?? '')
const path = `/v2/acme/app/blobs/${digest}`

/** Asks a server that gives one answer. */
async function getting(answer: Answer): Promise<ImageConfig> {
  const server = await openScript([{ method: 'GET', path, answer }])
  return wire().client.getConfig(at(server, ':1').repository, digest)
}

describe('getConfig', () => {
  test('reads the config by its digest, in one request', async () => {
    const registry = await openRegistry()
    registry.seed('acme/app', built, ['1'])
    expect(await wire().client.getConfig(at(registry, ':1').repository, digest)).toStrictEqual({
      platform: { os: 'linux', architecture: 'arm64' },
      metadata: { version: '1.4.0', created: '2026-01-02T03:04:05Z' }
    })
    expect(registry.log.map(({ line }) => line)).toStrictEqual([`GET ${path} → 200`])
  })

  test('follows the registry to its storage', async () => {
    const storage = await openScript([
      { method: 'GET', path: '/store', answer: { body: config?.bytes ?? '' } }
    ])
    const answer = { status: 307, headers: { location: `${storage.base}/store` } }
    expect((await getting(answer)).platform).toMatchObject({ architecture: 'arm64' })
  })

  test.each<[string, string, Answer]>([
    ['other bytes', 'DIGEST_MISMATCH', { body: '{}' }],
    ['an answer that there is none', 'REGISTRY_REJECTED', { status: 404 }],
    ['a denial', 'DENIED', { status: 403 }],
    ['an empty answer', 'DIGEST_MISMATCH', { status: 200 }],
    [
      'more than can be a config',
      'MANIFEST_UNSUPPORTED',
      { body: Buffer.alloc(MAXIMUM_CONFIG_BYTES + 1, ' ') }
    ]
  ])('refuses %s: %s', async (_what, code, answer) => {
    await expect(getting(answer)).rejects.toMatchObject({ code, advice: expect.any(String) })
  })

  test('refuses what is no JSON, whatever its digest', async () => {
    const body = '<html>'
    const asked = parseDigest(digestOf(Buffer.from(body)))
    const server = await openScript([
      { method: 'GET', path: `/v2/acme/app/blobs/${asked}`, answer: { body } }
    ])
    await expect(wire().client.getConfig(at(server, ':1').repository, asked)).rejects.toMatchObject({
      code: 'MANIFEST_UNSUPPORTED'
    })
  })
})
