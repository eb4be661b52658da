/** Tests of reading the source: the gate, and what is waited for. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Gate } from '../../src/promotion/requirements.ts'
import type { Order } from '../../src/promotion/plan.ts'
import { formatReference, parseReference } from '../../src/oci/reference.ts'
import { readSource } from '../../src/promote/read-source.ts'
import { manifestOf, otherDigest, targetOf } from '../../testing/samples.ts'
import { artifact, image, indexOf } from '../../testing/images.ts'
import { conduct, fakeClock, silent } from './conduct.ts'
import { memoryRegistry } from './memory-registry.ts'

const name = 'ghcr.io/acme/app:sha-1'
const source = parseReference(name)
const built = image({ platform: 'linux/arm64/v8' })
const single = manifestOf(built)
const index = manifestOf(indexOf([image(), built]))
const configs = { [built.blobs[0]?.digest ?? '']: { platform: 'linux/arm64/v8', edition: {} } }

const orderWith = (gate?: Gate, reference = source): Order => ({
  source: reference,
  targets: [],
  ...(gate && { gate })
})
const begun = (calls: readonly string[]): string[] => calls.filter(call => !call.endsWith('done'))

describe('readSource', () => {
  test('asks for nothing but the manifest where there is no gate', async () => {
    const registry = memoryRegistry({ [name]: single }, undefined, configs)
    expect(await readSource(orderWith(), registry, conduct())).toStrictEqual({
      source: single,
      platforms: []
    })
    expect(begun(registry.calls)).toStrictEqual([`get ${name}`])
  })

  test('knows the platforms of an index from the index', async () => {
    const registry = memoryRegistry({ [name]: index })
    const accepted = await readSource(orderWith({ platforms: ['linux/arm64'] }), registry, conduct())
    expect(accepted).toStrictEqual({ source: index, platforms: ['linux/amd64', 'linux/arm64/v8'] })
    expect(begun(registry.calls)).toStrictEqual([`get ${name}`])
  })

  test('finds the platform of a single image in its config', async () => {
    const registry = memoryRegistry({ [name]: single }, undefined, configs)
    const accepted = await readSource(orderWith({ platforms: ['linux/arm64'] }), registry, conduct())
    expect(accepted.platforms).toStrictEqual(['linux/arm64/v8'])
  })

  test('finds no platform in a config that names none', async () => {
    const bare = { [built.blobs[0]?.digest ?? '']: { edition: {} } }
    const registry = memoryRegistry({ [name]: single }, undefined, bare)
    await expect(
      readSource(orderWith({ platforms: ['linux/arm64'] }), registry, conduct())
    ).rejects.toMatchObject({ code: 'PLATFORM_MISSING' })
  })

  test.each<[string, Gate, string]>([
    ['PLATFORM_MISSING', { platforms: ['linux/s390x'] }, 'linux/s390x'],
    ['DIGEST_MISMATCH', { digest: otherDigest, platforms: [] }, otherDigest]
  ])('refuses what does not pass the gate: %s', async (code, gate, named) => {
    await expect(
      readSource(orderWith(gate), memoryRegistry({ [name]: index }), conduct())
    ).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`${name}.*${named}`)),
      advice: expect.any(String)
    })
  })

  test('finds no platform in an artifact', async () => {
    const registry = memoryRegistry({ [name]: manifestOf(artifact()) })
    await expect(
      readSource(orderWith({ platforms: ['linux/amd64'] }), registry, conduct())
    ).rejects.toMatchObject({ code: 'PLATFORM_MISSING' })
  })
})

describe('readSource, with time to wait,', () => {
  test.each<[string, Gate, ReturnType<typeof manifestOf> | undefined]>([
    ['an image that is not there', { platforms: [] }, undefined],
    ['another digest', { digest: index.digest, platforms: [] }, single],
    ['a platform', { platforms: ['linux/amd64'] }, single]
  ])('waits for %s', async (_what, gate, before) => {
    const registry = memoryRegistry(before && { [name]: before }, undefined, configs)
    const clock = fakeClock(() => registry.putManifest(targetOf('sha-1'), index))
    const patience = { limit: 60_000, clock, narrator: silent }
    expect((await readSource(orderWith(gate), registry, patience)).source).toBe(index)
    expect(clock.slept).toStrictEqual([2000])
  })

  test('does not wait for a digest to become another image', async () => {
    const reference = parseReference(`ghcr.io/acme/app@${single.digest}`)
    const registry = memoryRegistry({ [formatReference(reference)]: single }, undefined, configs)
    const clock = fakeClock()
    const patience = { limit: 60_000, clock, narrator: silent }
    for (const gate of [{ digest: otherDigest, platforms: [] }, { platforms: ['linux/amd64'] }])
      await expect(readSource(orderWith(gate, reference), registry, patience)).rejects.toBeInstanceOf(
        PromotionError
      )
    expect(clock.slept).toStrictEqual([])
  })

  test.each(['UNAUTHORIZED', 'DENIED', 'REGISTRY_UNAVAILABLE', 'MANIFEST_UNSUPPORTED'] as const)(
    'is ended by %s',
    async code => {
      const clock = fakeClock()
      const registry = memoryRegistry({}, () => Promise.reject(new PromotionError(code, 'no')))
      const patience = { limit: 60_000, clock, narrator: silent }
      await expect(readSource(orderWith(), registry, patience)).rejects.toMatchObject({ code })
      expect(clock.slept).toStrictEqual([])
    }
  )
})
