/** Tests of reading an metadata: where it is looked for, and in which order. */
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import type { ImageConfig } from '../../src/oci/config.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { readVersionMetadata } from '../../src/promote/read-version-metadata.ts'
import { manifestOf } from '../../testing/samples.ts'
import { type Image, artifact, image, indexOf } from '../../testing/images.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

const version = '1.4.0'
const created = '2026-01-01T00:00:00Z'
const annotations = {
  'org.opencontainers.image.version': version,
  'org.opencontainers.image.created': created
}
const { repository } = parseReference('ghcr.io/acme/app:1')

/** Makes a registry of images whose configs say what is given. */
function registryOf(images: readonly Image[], config: ImageConfig): MemoryRegistry {
  const content = images.map(each => [`ghcr.io/acme/app@${each.digest}`, manifestOf(each)] as const)
  const configs = images.flatMap(({ blobs: [blob] }) => (blob ? [[blob.digest, config] as const] : []))
  return memoryRegistry(Object.fromEntries(content), undefined, Object.fromEntries(configs))
}
const begun = ({ calls }: MemoryRegistry): string[] =>
  calls.filter(call => !call.endsWith('done')).map(call => call.replace(/sha256:.*/, ''))
const read = (built: Image, registry: MemoryRegistry): ReturnType<typeof readVersionMetadata> =>
  readVersionMetadata(manifestOf(built), { repository }, registry)

describe('readVersionMetadata', () => {
  test('takes the annotations, and asks nothing more, where they say all', async () => {
    const registry = registryOf([], { metadata: {} })
    expect(await read(image({ annotations }), registry)).toStrictEqual({ version, created })
    expect(await read(indexOf([image()], { annotations }), registry)).toStrictEqual({ version, created })
    expect(registry.calls).toStrictEqual([])
  })

  test('takes the config of an image for what the annotations leave open', async () => {
    const built = image({ annotations: { 'org.opencontainers.image.version': version } })
    const registry = registryOf([built], { metadata: { version: '0.0.1', created } })
    expect(await read(built, registry)).toStrictEqual({ version, created })
    expect(begun(registry)).toStrictEqual(['config '])
  })

  test('takes the config of the first platform of an index', async () => {
    const [attestation, first, second] = [
      image({ platform: 'unknown/unknown', seed: 'a' }),
      image({ seed: 'b' }),
      image({ seed: 'c' })
    ] as const
    const registry = registryOf([first], { metadata: { version, created } })
    expect(await read(indexOf([attestation, first, second]), registry)).toStrictEqual({ version, created })
    expect(begun(registry)).toStrictEqual(['get ghcr.io/acme/app@', 'config '])
  })

  test('takes the annotations of the first platform before its config', async () => {
    const first = image({ annotations })
    const registry = registryOf([first], { metadata: {} })
    expect(await read(indexOf([first]), registry)).toStrictEqual({ version, created })
    expect(begun(registry)).toStrictEqual(['get ghcr.io/acme/app@'])
  })

  test.each<[string, Image]>([
    ['an artifact', artifact()],
    ['an index of attestations', indexOf([image({ platform: 'unknown/unknown' })])],
    ['an index whose first image is gone', indexOf([image()])]
  ])('knows nothing of %s', async (_what, built) => {
    expect(await read(built, registryOf([], { metadata: {} }))).toStrictEqual({})
  })

  test('has no metadata of an index that names no digest', async () => {
    const platform = { os: 'linux', architecture: 'amd64' }
    for (const digest of [undefined, 'sha256:12'])
      expect(
        await readVersionMetadata(
          { ...manifestOf(indexOf([])), content: { manifests: [{ digest, platform }] } },
          { repository },
          registryOf([], { metadata: {} })
        )
      ).toStrictEqual({})
  })

  test('descends into nested indexes, but not for ever', async () => {
    const manifests = new Map<string, ReturnType<typeof manifestOf>>()
    const nested = (digest: string): ReturnType<typeof manifestOf> => ({
      ...manifestOf(indexOf([])),
      content: { manifests: [{ digest, platform: { os: 'linux', architecture: 'amd64' } }] }
    })
    const digests = [...Array(20).keys()].map(index => `sha256:${index.toString(16).padStart(64, '0')}`)
    for (const [index, digest] of digests.entries())
      manifests.set(digest, nested(digests[index + 1] ?? digest))
    let asked = 0
    const registry = {
      ...memoryRegistry(),
      getManifest: ({ digest }: { digest?: Digest }) => {
        asked++
        return Promise.resolve(manifests.get(digest ?? ''))
      }
    }
    expect(await readVersionMetadata(nested(digests[0] ?? ''), { repository }, registry)).toStrictEqual({})
    expect(asked).toBe(4)
  })
})
