/** Tests of the cache: nothing that a digest names is fetched twice. */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digester.ts'
import { PromotionError } from '../../src/oci/errors.ts'
import { formatReference, parseReference } from '../../src/oci/reference.ts'
import { MAXIMUM_KEPT_BYTES, caching } from '../../src/promote/read-cache.ts'
import { manifestOf, otherDigest } from '../../testing/samples.ts'
import { memoryRegistry } from './memory-registry.ts'

const manifest = manifestOf()
const byTag = parseReference('ghcr.io/acme/app:1')
const byDigest = { repository: byTag.repository, digest: manifest.digest }
const content = { 'ghcr.io/acme/app:1': manifest }
const begun = (calls: readonly string[]): number => calls.filter(call => !call.endsWith('done')).length

describe('caching', () => {
  test('fetches a manifest once by its digest, also for those who ask at the same time', async () => {
    const registry = memoryRegistry(content)
    const reader = caching(registry)
    const found = await Promise.all([reader.getManifest(byDigest), reader.getManifest(byDigest)])
    expect([...found, await reader.getManifest(byDigest)]).toStrictEqual([manifest, manifest, manifest])
    expect(begun(registry.calls)).toBe(1)
  })

  test('fetches a config once', async () => {
    const config = { metadata: { version: '1.0.0' } }
    const registry = memoryRegistry({}, undefined, { [otherDigest]: config })
    const reader = caching(registry)
    for (let time = 0; time < 2; time++)
      expect(await reader.getConfig(byTag.repository, otherDigest)).toBe(config)
    expect(begun(registry.calls)).toBe(1)
  })

  test('asks every time what a tag holds', async () => {
    const registry = memoryRegistry(content)
    const reader = caching(registry)
    for (let time = 0; time < 2; time++) {
      expect(await reader.getManifest(byTag)).toBe(manifest)
      expect(await reader.headManifest(byTag)).toBe(manifest.digest)
    }
    expect(begun(registry.calls)).toBe(4)
  })

  test('asks again for what could not be fetched', async () => {
    const error = new PromotionError('TIMED_OUT', 'slow')
    let isDown = true
    const registry = memoryRegistry(content, () => (isDown ? Promise.reject(error) : Promise.resolve()))
    const reader = caching(registry)
    await expect(reader.getManifest(byDigest)).rejects.toBe(error)
    isDown = false
    expect(await reader.getManifest(byDigest)).toBe(manifest)
  })

  test('asks again for what was not there, which may have been pushed since', async () => {
    const registry = memoryRegistry()
    const reader = caching(registry)
    expect(await reader.getManifest(byDigest)).toBeUndefined()
    await registry.putManifest(byTag, manifest)
    expect(await reader.getManifest(byDigest)).toBe(manifest)
  })

  test('keeps 64 MiB of manifests in all, and then asks for no more', async () => {
    const registry = memoryRegistry()
    const large = { ...manifest, bytes: new Uint8Array(16 * 1024 * 1024) }
    let calls = 0
    const reader = caching({
      ...registry,
      getManifest: () => Promise.resolve(calls++ === 4 ? manifest : large)
    })
    const read = (number: number): ReturnType<typeof reader.getManifest> =>
      reader.getManifest({ ...byDigest, digest: digestOf(Buffer.from(number.toString())) })
    for (let number = 0; number < 4; number++) expect(await read(number)).toBe(large)
    await expect(read(4)).rejects.toMatchObject({ code: 'MANIFEST_UNSUPPORTED' })
    await expect(read(5)).rejects.toMatchObject({ code: 'MANIFEST_UNSUPPORTED' })
    expect(await read(0)).toBe(large)
    expect([calls, MAXIMUM_KEPT_BYTES]).toStrictEqual([5, 64 * 1024 * 1024])
  })

  test('tells repositories apart: an image may be in one and not in the other', async () => {
    const registry = memoryRegistry({ [formatReference(byDigest)]: manifest })
    const reader = caching({
      ...registry,
      getManifest: asked =>
        asked.repository.name === 'acme/app' ? registry.getManifest(asked) : Promise.resolve(undefined)
    })
    const elsewhere = { ...byDigest, repository: parseReference('ghcr.io/acme/other:1').repository }
    expect(await reader.getManifest(byDigest)).toBe(manifest)
    expect(await reader.getManifest(elsewhere)).toBeUndefined()
  })
})
