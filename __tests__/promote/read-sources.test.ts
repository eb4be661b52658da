/** Tests of reading the sources: the requirements, and what is waited for. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { formatReference, parseReference } from '../../src/oci/reference.ts'
import type { RegistryReader } from '../../src/promote/ports.ts'
import { type SourceResult, readSources } from '../../src/promote/read-sources.ts'
import type { Request } from '../../src/promotion/request.ts'
import type { Requirements } from '../../src/promotion/requirements.ts'
import { artifact, image, indexOf } from '../../testing/images.ts'
import { foundState } from '../../testing/facts.ts'
import { requestOf, setOf } from '../../testing/requests.ts'
import { manifestOf, otherDigest, targetOf } from '../../testing/samples.ts'
import { memoryRegistry } from './memory-registry.ts'
import { type FakeClock, fakeClock } from './run.ts'

const MINUTE = 60_000
const name = 'ghcr.io/acme/app:sha-1'
const built = image({ platform: 'linux/arm64/v8' })
const single = manifestOf(built)
const index = manifestOf(indexOf([image(), built]))
const arm64 = { os: 'linux', architecture: 'arm64', variant: 'v8' }
const configs = { [built.blobs[0]?.digest ?? '']: { platform: arm64, metadata: {} } }

const requiring = (requirements: Requirements, source = name): Request =>
  requestOf(source, [], { requirements })
const begun = (calls: readonly string[]): string[] => calls.filter(call => !call.endsWith('done'))

interface Reading {
  readonly results: SourceResult[]
  readonly clock: FakeClock
  /** What was reported while waiting: how many sources were missing, and how long they were still waited for. */
  readonly reported: [count: number, left: number][]
}

async function read(
  request: Request,
  registry: RegistryReader,
  { limit = 0, clock = fakeClock() } = {}
): Promise<Reading> {
  const reported: [number, number][] = []
  const progress = {
    waiting: (all: readonly unknown[], left: number) => void reported.push([all.length, left])
  }
  const results = await readSources(request, registry, { limit, clock, progress })
  return { results, clock, reported }
}
const readOne = async (request: Request, registry: RegistryReader): Promise<SourceResult | undefined> =>
  (await read(request, registry)).results[0]

describe('readSources', () => {
  test('asks for nothing but the manifest where no platform is required', async () => {
    const registry = memoryRegistry({ [name]: single }, undefined, configs)
    expect(await readOne(requestOf(name, []), registry)).toStrictEqual(foundState(single))
    expect(begun(registry.calls)).toStrictEqual([`get ${name}`])
  })

  test('knows the platforms of an index from the index', async () => {
    const registry = memoryRegistry({ [name]: index })
    expect(await readOne(requiring({ platforms: ['linux/arm64'] }), registry)).toStrictEqual({
      kind: 'found',
      image: { manifest: index, platforms: ['linux/amd64', 'linux/arm64/v8'] },
      parts: [{ repository: targetOf('1').repository, manifest: index }]
    })
    expect(begun(registry.calls)).toStrictEqual([`get ${name}`])
  })

  test('finds the platform of a single image in its config', async () => {
    const registry = memoryRegistry({ [name]: single }, undefined, configs)
    const result = await readOne(requiring({ platforms: ['linux/arm64'] }), registry)
    expect(result).toMatchObject({ kind: 'found', image: { platforms: ['linux/arm64/v8'] } })
  })

  test.each([
    ['a config that names none', single],
    ['an artifact', manifestOf(artifact())]
  ])('finds no platform in %s', async (_what, manifest) => {
    const bare = { [built.blobs[0]?.digest ?? '']: { metadata: {} } }
    const registry = memoryRegistry({ [name]: manifest }, undefined, bare)
    expect(await readOne(requiring({ platforms: ['linux/arm64'] }), registry)).toMatchObject({
      error: { code: 'PLATFORM_MISSING' }
    })
  })

  test.each<[string, Requirements, string]>([
    ['PLATFORM_MISSING', { platforms: ['linux/s390x'] }, 'linux/s390x'],
    ['DIGEST_MISMATCH', { digest: otherDigest, platforms: [] }, otherDigest]
  ])('rejects what does not meet the requirements: %s', async (code, required, named) => {
    expect(await readOne(requiring(required), memoryRegistry({ [name]: index }))).toMatchObject({
      kind: 'rejected',
      error: {
        code,
        message: expect.stringMatching(new RegExp(`${name}.*${named}`)),
        advice: expect.any(String)
      }
    })
  })

  test('rejects what does not exist, or calls it missing where the request allows that', async () => {
    expect(await readOne(requestOf(name, []), memoryRegistry())).toMatchObject({
      kind: 'rejected',
      error: { code: 'SOURCE_NOT_FOUND', message: expect.stringContaining(name), advice: expect.any(String) }
    })
    const request = requestOf(name, [], { ifMissing: 'skip' })
    expect((await readOne(request, memoryRegistry()))?.kind).toBe('missing')
  })

  test('says that an image ID is not the digest that is missing', async () => {
    const advice = async (source: string): Promise<string | undefined> => {
      const result = await readOne(requestOf(source, []), memoryRegistry())
      return result?.kind === 'rejected' ? result.error.advice : undefined
    }
    expect(await advice(`ghcr.io/acme/app@${otherDigest}`)).toMatch(
      /and the digest,.* An image ID, .* is not/
    )
    expect(await advice(name)).toMatch(/and the tag,/)
    expect(await advice(name)).not.toContain('image ID')
  })

  test('calls nothing missing that is there and unfit, or cannot be read', async () => {
    const request = requestOf(name, [], { ifMissing: 'skip', requirements: { platforms: ['linux/s390x'] } })
    expect((await readOne(request, memoryRegistry({ [name]: index })))?.kind).toBe('rejected')
    const denied = new PromotionError('DENIED', 'no pull right', { advice: 'ask' })
    expect(
      await readOne(
        request,
        memoryRegistry({}, () => Promise.reject(denied))
      )
    ).toMatchObject({
      kind: 'rejected',
      error: { code: 'DENIED', message: `reading the source ${name}: no pull right`, advice: 'ask' }
    })
  })

  test('names every source of a set that cannot be promoted', async () => {
    const request = setOf([
      ['a.example/a:1', []],
      [name, []],
      ['b.example/b:1', []]
    ])
    const { results } = await read(request, memoryRegistry({ [name]: single }))
    expect(results.map(({ kind }) => kind)).toStrictEqual(['rejected', 'found', 'rejected'])
    expect(results.flatMap(result => (result.kind === 'found' ? [] : result.error.message))).toStrictEqual([
      expect.stringContaining('a.example/a:1'),
      expect.stringContaining('b.example/b:1')
    ])
  })

  test('throws what nobody expected', async () => {
    const bug = new TypeError('bug')
    await expect(
      read(
        requestOf(name, []),
        memoryRegistry({}, () => Promise.reject(bug))
      )
    ).rejects.toBe(bug)
  })
})

describe('readSources, with time to wait,', () => {
  test.each<[string, Requirements, ReturnType<typeof manifestOf> | undefined]>([
    ['an image that does not exist', { platforms: [] }, undefined],
    ['another digest', { digest: index.digest, platforms: [] }, single],
    ['a platform', { platforms: ['linux/amd64'] }, single]
  ])('waits for %s', async (_what, required, before) => {
    const registry = memoryRegistry(before && { [name]: before }, undefined, configs)
    const clock = fakeClock(() => registry.putManifest(targetOf('sha-1'), index))
    const { results } = await read(requiring(required), registry, { limit: MINUTE, clock })
    expect(results).toMatchObject([{ kind: 'found', image: { manifest: index } }])
    expect(clock.slept).toStrictEqual([2000])
  })

  test('waits for all sources by one deadline, and reads again only those that are not ready', async () => {
    const registry = memoryRegistry({ [name]: single })
    const request = setOf([
      [name, []],
      ['ghcr.io/acme/app:late', []],
      ['ghcr.io/acme/app:never', []]
    ])
    const clock = fakeClock(() => registry.putManifest(targetOf('late'), index))
    const { results, reported } = await read(request, registry, { limit: 20_000, clock })
    expect(results.map(({ kind }) => kind)).toStrictEqual(['found', 'found', 'rejected'])
    expect(clock.slept.reduce((sum, each) => sum + each)).toBe(20_000)
    expect(reported).toStrictEqual([[2, 20_000]])
    expect(begun(registry.calls).filter(call => call === `get ${name}`)).toHaveLength(1)
  })

  test.each<[string, Requirements]>([
    ['another digest', { digest: otherDigest, platforms: [] }],
    ['another platform', { platforms: ['linux/amd64'] }]
  ])('does not wait for a digest to become %s', async (_what, required) => {
    const reference = formatReference(parseReference(`ghcr.io/acme/app@${single.digest}`))
    const registry = memoryRegistry({ [reference]: single }, undefined, configs)
    const { results, clock } = await read(requiring(required, reference), registry, { limit: MINUTE })
    expect(results).toMatchObject([{ kind: 'rejected' }])
    expect(clock.slept).toStrictEqual([])
  })

  test.each(['UNAUTHORIZED', 'DENIED', 'REGISTRY_UNAVAILABLE', 'MANIFEST_UNSUPPORTED'] as const)(
    'is ended by %s of any source',
    async code => {
      const registry = memoryRegistry({}, call =>
        call.includes('sha-1') ? Promise.reject(new PromotionError(code, 'no')) : Promise.resolve()
      )
      const request = setOf([
        ['ghcr.io/acme/app:late', []],
        [name, []]
      ])
      const { results, clock } = await read(request, registry, { limit: MINUTE })
      expect(results[1]).toMatchObject({ kind: 'rejected', error: { code } })
      expect(clock.slept).toStrictEqual([])
    }
  )

  test('looks again after 2 seconds, then ever later, but never after more than 15', async () => {
    const { clock } = await read(requestOf(name, []), memoryRegistry(), { limit: 2 * MINUTE })
    expect(clock.slept.slice(0, 8)).toStrictEqual([2000, 3000, 4500, 6750, 10_125, 15_000, 15_000, 15_000])
  })

  test('reports what is missing immediately, and every minute after that', async () => {
    const { reported } = await read(requestOf(name, []), memoryRegistry(), { limit: 3 * MINUTE })
    expect(reported).toHaveLength(3)
    expect(reported[0]).toStrictEqual([1, 3 * MINUTE])
    for (const [minute, [, left]] of reported.entries())
      expect(left).toBeLessThanOrEqual(3 * MINUTE - minute * MINUTE)
  })

  test('looks for the last time when the time is over, and says how long it waited', async () => {
    const { results, clock } = await read(requestOf(name, []), memoryRegistry(), { limit: 20_000 })
    expect(results).toMatchObject([
      { error: { code: 'SOURCE_NOT_FOUND', message: expect.stringMatching(/^waited for 20 s: there is no/) } }
    ])
    expect(clock.slept.reduce((sum, each) => sum + each)).toBe(20_000)
  })
})
