/** Tests of promoting to other repositories: what is copied, in which order, and what becomes of the tags. */
import { describe, expect, test } from '@jest/globals'
import { nothingCopied } from '../../src/promotion/copy.ts'
import { type ErrorCode, PromotionError } from '../../src/oci/errors.ts'
import type { Request } from '../../src/promotion/request.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { type Report, hasChanged, isSuccessful } from '../../src/promotion/report.ts'
import type { Options } from '../../src/promote/promote.ts'
import { image, indexOf, referrerOf } from '../../testing/images.ts'
import { requestOf } from '../../testing/requests.ts'
import { KeepingRegistry } from './keeping-registry.ts'
import { run as promote } from './run.ts'

const home = 'one.example/staging'
const root = indexOf([image({ seed: '1' }), image({ seed: '2' })])
const sbom = referrerOf(root)
const old = image({ seed: 'old' })

function order(targets: readonly string[], rest: Partial<Request> = {}): Request {
  return requestOf(`${home}:1`, targets, rest)
}

function registryWithSource(): KeepingRegistry {
  const registry = new KeepingRegistry()
  registry.seed(home, root, ['1'])
  registry.seed(home, sbom)
  return registry
}

function refusing(pattern: RegExp, code: ErrorCode): (request: string) => void {
  return request => {
    if (pattern.test(request)) throw new PromotionError(code, 'no')
  }
}

async function run(
  registry: KeepingRegistry,
  wanted: Request,
  differing: Partial<Options> = {}
): Promise<Report> {
  registry.log.length = 0
  return promote(wanted, registry, differing)
}

const outcomesOf = ({ targets }: Report): Record<string, string> =>
  Object.fromEntries(targets.map(({ target, outcome }) => [formatReference(target), outcome]))
const isTagging = (request: string): boolean => /^putManifest \S+:\d+$|:latest$/.test(request)

const everywhere = [`${home}:2`, 'one.example/production:2', 'two.example/app:2', 'two.example/app:latest']

describe('promote, to other repositories', () => {
  test('copies once to each repository, and tags', async () => {
    const registry = registryWithSource()
    const report = await run(registry, order(everywhere))
    expect(outcomesOf(report)).toStrictEqual(
      Object.fromEntries(everywhere.map(target => [target, 'created']))
    )
    expect(report.copied).toMatchObject({ manifests: 8, blobs: 6, mounted: 6, present: 0, referrers: 2 })
    expect([isSuccessful(report), hasChanged(report)]).toStrictEqual([true, true])
    const tags = new Map([...registry.store].map(([name, { tags }]) => [name, [...tags.keys()]]))
    expect(tags.get('two.example/app')).toStrictEqual(['2', 'latest'])
    expect(registry.store.get('two.example/app')?.manifests.has(sbom.digest)).toBe(true)
  })

  test('writes no tag anywhere before all content is everywhere', async () => {
    const registry = registryWithSource()
    await run(registry, order(everywhere))
    const firstTag = registry.writes.findIndex(isTagging)
    expect(registry.writes.slice(firstTag).every(isTagging)).toBe(true)
    expect(registry.writes.slice(firstTag)).toHaveLength(everywhere.length)
  })

  test('changes nothing when it is run again', async () => {
    const registry = registryWithSource()
    await run(registry, order(everywhere))
    const report = await run(registry, order(everywhere))
    expect(registry.writes).toStrictEqual([])
    expect(report.copied).toStrictEqual(nothingCopied)
    expect(hasChanged(report)).toBe(false)
  })

  test('takes along what was attached since, though the tag is right already', async () => {
    const registry = registryWithSource()
    await run(registry, order(['two.example/app:2']))
    registry.seed(home, referrerOf(root, { seed: 'later' }))
    const report = await run(registry, order(['two.example/app:2']))
    expect(outcomesOf(report)).toStrictEqual({ 'two.example/app:2': 'unchanged' })
    expect(report.copied.referrers).toBe(1)
    expect(hasChanged(report)).toBe(true)
  })

  test('leaves behind what is attached when told so', async () => {
    const registry = registryWithSource()
    const report = await run(registry, order(['two.example/app:2'], { referrers: false }))
    expect(report.copied.referrers).toBe(0)
    expect(registry.log.filter(request => /listReferrers|\.sig/.test(request))).toStrictEqual([])
  })

  test("asks for nothing more where all targets are in the source's repository", async () => {
    const registry = registryWithSource()
    await run(registry, order([`${home}:2`]))
    expect(registry.log).toStrictEqual([
      `getManifest ${home}:1`,
      `headManifest ${home}:2`,
      `putManifest ${home}:2`
    ])
  })

  test('a dry run tells the same and writes nothing', async () => {
    const registry = registryWithSource()
    registry.seed('two.example/app', old, ['latest'])
    const dry = await run(registry, order(everywhere), { dryRun: true })
    expect(registry.writes).toStrictEqual([])
    const real = await run(registry, order(everywhere))
    expect({ ...dry, dryRun: false }).toStrictEqual(real)
  })

  test('copies nothing where a tag is refused', async () => {
    const registry = registryWithSource()
    registry.seed('two.example/app', old, ['2'])
    const report = await run(registry, order(everywhere, { ifExists: [{ pattern: '*', value: 'fail' }] }))
    expect(registry.writes).toStrictEqual([])
    expect(report.copied).toStrictEqual(nothingCopied)
    expect(registry.log.filter(request => request.startsWith('hasBlob'))).toStrictEqual([])
  })

  test('copies nothing to where all tags are kept', async () => {
    const registry = registryWithSource()
    registry.seed('two.example/app', old, ['2'])
    const wanted = order(['two.example/app:2', 'one.example/production:2'], {
      ifExists: [{ pattern: '*', value: 'skip' }]
    })
    const report = await run(registry, wanted)
    expect(outcomesOf(report)).toStrictEqual({
      'two.example/app:2': 'kept',
      'one.example/production:2': 'created'
    })
    expect(registry.store.get('two.example/app')?.manifests.has(root.digest)).toBe(false)
  })

  test('keeps earlier images in the repository of their target', async () => {
    const registry = registryWithSource()
    registry.seed('two.example/app', old, ['nightly'])
    await run(registry, order(['two.example/app:nightly'], { keepPrevious: [{ pattern: '*', value: 1 }] }))
    const tags = registry.store.get('two.example/app')?.tags
    expect([tags?.get('nightly'), tags?.get('nightly-1')]).toStrictEqual([root.digest, old.digest])
  })
})

describe('promote, where a copy fails', () => {
  test.each(['DIGEST_MISMATCH', 'DENIED', 'REGISTRY_UNAVAILABLE'] as const)(
    'tags nothing anywhere after %s',
    async code => {
      const registry = registryWithSource()
      registry.refuse = refusing(/^placeBlob two/, code)
      const report = await run(registry, order(everywhere))
      expect(registry.writes.filter(isTagging)).toStrictEqual([])
      expect(outcomesOf(report)).toStrictEqual(
        Object.fromEntries(everywhere.map(target => [target, 'not-attempted']))
      )
      expect(report.error).toMatchObject({ code })
      expect(isSuccessful(report)).toBe(false)
    }
  )

  test('fails also where the tag is right already', async () => {
    const registry = registryWithSource()
    registry.seed('two.example/app', root, ['2'])
    registry.refuse = refusing(/^attachReferrers/, 'TIMED_OUT')
    const report = await run(registry, order(['two.example/app:2']))
    expect(outcomesOf(report)).toStrictEqual({ 'two.example/app:2': 'unchanged' })
    expect(isSuccessful(report)).toBe(false)
  })

  test('refuses the targets in a repository that cannot be asked, before anything is written', async () => {
    const registry = registryWithSource()
    registry.refuse = refusing(/^hasBlob two/, 'UNAUTHORIZED')
    const report = await run(registry, order(everywhere))
    expect(registry.writes).toStrictEqual([])
    expect(outcomesOf(report)).toMatchObject({
      'two.example/app:2': 'refused',
      'one.example/production:2': 'not-attempted'
    })
  })

  test('promotes nothing when the image is not whole', async () => {
    const registry = registryWithSource()
    registry.store.get(home)?.manifests.delete(root.children[0]?.digest ?? '')
    const report = await run(registry, order(everywhere))
    expect(report.error).toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    expect(registry.writes).toStrictEqual([])
  })

  test('says what was left behind, and succeeds', async () => {
    const registry = registryWithSource()
    registry.refuse = refusing(/^attachReferrers two/, 'DENIED')
    const report = await run(registry, order(everywhere))
    expect(report.warnings).toStrictEqual([expect.stringContaining(sbom.digest)])
    expect(isSuccessful(report)).toBe(true)
  })

  test('puts moved tags back in every registry when a write fails', async () => {
    const registry = registryWithSource()
    for (const name of ['one.example/production', 'two.example/app']) registry.seed(name, old, ['latest'])
    registry.refuse = refusing(/^putManifest two.example\/app:latest/, 'DENIED')
    const targets = ['one.example/production:latest', 'two.example/app:latest']
    const report = await run(registry, order(targets), { onFailure: 'restore' })
    expect(outcomesOf(report)).toStrictEqual({
      'one.example/production:latest': 'restored',
      'two.example/app:latest': 'failed'
    })
    expect(registry.store.get('one.example/production')?.tags.get('latest')).toBe(old.digest)
  })
})
