/** Tests of copying what repositories lack. */
import { describe, expect, test } from '@jest/globals'
import { type Copy, expectCopied, nothingCopied } from '../../../src/promotion/copy.ts'
import { type ErrorCode, PromotionError } from '../../../src/oci/errors.ts'
import { Comparison } from '../../../src/promote/copy/diff.ts'
import { type CopyResult, copyGraphs } from '../../../src/promote/copy/copy.ts'
import type { CopyEvent } from '../../../src/promote/ports.ts'
import { findAttachments } from '../../../src/promote/copy/attachments.ts'
import { MAXIMUM_TRANSFERS } from '../../../src/promote/copy/transfers.ts'
import { walkImage } from '../../../src/promote/copy/walk.ts'
import { type Image, artifact, image, indexOf, referrerOf } from '../../../testing/images.ts'
import { KeepingRegistry, manifestOf, repositoryNamed } from '../keeping-registry.ts'

const home = 'one.example/staging'
const production = 'one.example/production'
const elsewhere = 'two.example/app'
const from = repositoryNamed(home)

async function copiesOf(registry: KeepingRegistry, root: Image, targets: readonly string[]): Promise<Copy[]> {
  registry.seed(home, root)
  const image = await walkImage(manifestOf(root), { registry, from })
  const attached = findAttachments(image.manifests, { registry, from })
  const content = { image: Promise.resolve(image), attached }
  const copies: Copy[] = []
  for (const target of targets) {
    const destination = { repository: repositoryNamed(target), hasImage: false }
    copies.push(await new Comparison(image.root, destination, registry).compare(content))
  }
  registry.log.length = 0
  return copies
}

const quiet = (): void => undefined

async function copyTo(
  registry: KeepingRegistry,
  root: Image,
  targets: readonly string[]
): Promise<CopyResult> {
  return copyGraphs(await copiesOf(registry, root, targets), registry, quiet)
}

/** Refuses what a pattern fits. */
function refusing(pattern: RegExp, code: ErrorCode): (request: string) => void {
  return request => {
    if (pattern.test(request)) throw new PromotionError(code, 'no')
  }
}

const twoPlatforms = indexOf([image({ seed: '1' }), image({ seed: '2' })])

describe('copyGraphs', () => {
  test('does nothing when there is nothing to do', async () => {
    const registry = new KeepingRegistry()
    const events: CopyEvent[] = []
    expect(await copyGraphs([], registry, event => events.push(event))).toStrictEqual({
      copied: nothingCopied,
      warnings: []
    })
    expect([events, registry.log]).toStrictEqual([[], []])
  })

  test.each([
    ['an image', image()],
    ['an index', twoPlatforms],
    ['a nested index', indexOf([twoPlatforms, image({ seed: '3' })])],
    ['an artifact', artifact()],
    ['an image without layers', image({ layers: [] })]
  ])('copies %s so that nothing dangles at any moment', async (_what, root) => {
    const registry = new KeepingRegistry()
    const copies = await copiesOf(registry, root, [elsewhere])
    const result = await copyGraphs(copies, registry, quiet)
    expect(result).toStrictEqual({ copied: expectCopied(copies), warnings: [] })
    expect(registry.store.get(elsewhere)?.manifests.get(root.digest)?.bytes).toBe(manifestOf(root).bytes)
    expect(registry.writes.at(-1)).toBe(`putManifest ${elsewhere}@${root.digest}`)
  })

  test('mounts within a registry', async () => {
    const { copied } = await copyTo(new KeepingRegistry(), image(), [production])
    expect(copied).toStrictEqual({ ...nothingCopied, manifests: 1, mounted: 2 })
  })

  test('sends each blob once to a registry, and mounts it in its other repositories', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    registry.seed(home, referrerOf(root))
    const targets = ['two.example/a', 'two.example/b', 'three.example/c', 'two.example/d']
    const copies = await copiesOf(registry, root, targets)
    const { copied } = await copyGraphs(copies, registry, quiet)
    expect(copied).toMatchObject({ blobs: 8, mounted: 8 })
    expect(copied).toStrictEqual(expectCopied(copies))
  })

  test('writes no tag', async () => {
    const registry = new KeepingRegistry()
    await copyTo(registry, twoPlatforms, [elsewhere])
    expect([...(registry.store.get(elsewhere)?.tags.keys() ?? [])]).toStrictEqual([])
  })

  test('transfers at most 32 blobs at once from a registry, over all repositories', async () => {
    const registry = new KeepingRegistry()
    const layers = Array.from({ length: 20 }, (_, index) => Buffer.from(index.toString()))
    await copyTo(registry, image({ layers }), [elsewhere, 'three.example/app'])
    expect(registry.mostBlobs).toBe(MAXIMUM_TRANSFERS)
  })

  test('puts the blobs of all repositories in their places before the first manifest', async () => {
    const registry = new KeepingRegistry()
    await copyTo(registry, twoPlatforms, [production, elsewhere])
    const kinds = registry.writes.map(request => request.split(' ')[0])
    expect(kinds.lastIndexOf('placeBlob')).toBeLessThan(kinds.indexOf('putManifest'))
  })

  test('sends nothing the second time', async () => {
    const registry = new KeepingRegistry()
    await copyTo(registry, twoPlatforms, [elsewhere])
    const { copied } = await copyTo(registry, twoPlatforms, [elsewhere])
    expect(copied).toStrictEqual(nothingCopied)
    expect(registry.writes).toStrictEqual([])
  })

  test('reports progress', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    const events: CopyEvent[] = []
    const copies = await copiesOf(registry, root, [elsewhere])
    await copyGraphs(copies, registry, event => events.push(event))
    const bytes = root.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0)
    expect(events[0]).toStrictEqual({ kind: 'begun', blobs: 2, bytes })
    expect(events.filter(({ kind }) => kind === 'placed')).toHaveLength(2)
    const counts = events.map(event => (event.kind === 'bytes' ? event.count : 0))
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(bytes)
  })

  test('tags nothing and says where it failed when a blob cannot be placed', async () => {
    const registry = new KeepingRegistry()
    registry.refuse = refusing(/^placeBlob two/, 'DIGEST_MISMATCH')
    const { failure } = await copyTo(registry, twoPlatforms, [production, elsewhere])
    expect(failure).toMatchObject({ to: repositoryNamed(elsewhere), error: { code: 'DIGEST_MISMATCH' } })
    expect(failure?.error.message).toContain(elsewhere)
    expect(registry.writes.filter(request => request.startsWith('put'))).toStrictEqual([])
  })

  test('says where it failed when a manifest cannot be uploaded', async () => {
    const registry = new KeepingRegistry()
    registry.refuse = refusing(/^putManifest two/, 'DENIED')
    const { failure, copied } = await copyTo(registry, image(), [elsewhere])
    expect(failure).toMatchObject({ to: repositoryNamed(elsewhere), error: { code: 'DENIED' } })
    expect(copied).toMatchObject({ blobs: 2, manifests: 0 })
  })

  test('attaches nothing anywhere when an image could not be copied', async () => {
    const registry = new KeepingRegistry()
    registry.seed(home, referrerOf(image()))
    registry.refuse = refusing(/^putManifest two/, 'DENIED')
    await copyTo(registry, image(), [production, elsewhere])
    expect(registry.writes.filter(request => request.startsWith('attach'))).toStrictEqual([])
  })

  test('uploads children again that are there and yet unknown to their parent', async () => {
    const registry = new KeepingRegistry()
    registry.seed(elsewhere, image({ seed: '1' }))
    const copies = await copiesOf(registry, twoPlatforms, [elsewhere])
    let refusals = 1
    registry.refuse = request => {
      if (request === `putManifest ${elsewhere}@${twoPlatforms.digest}` && refusals-- > 0)
        throw new PromotionError('REGISTRY_REJECTED', 'MANIFEST_BLOB_UNKNOWN')
    }
    expect((await copyGraphs(copies, registry, quiet)).failure).toBeUndefined()
    expect(registry.writes.filter(request => request.startsWith('put'))).toHaveLength(5)
  })

  test('sends the blobs that a registry wrongly says it has, once it refuses the manifest', async () => {
    const registry = new KeepingRegistry()
    registry.hasBlob = () => Promise.resolve(true)
    registry.seed(home, referrerOf(twoPlatforms))
    const { copied, failure, warnings } = await copyTo(registry, twoPlatforms, [
      elsewhere,
      'three.example/app'
    ])
    expect([failure, warnings]).toStrictEqual([undefined, []])
    expect(copied).toMatchObject({ blobs: 12, present: 0, referrers: 2 })
    expect(registry.store.get(elsewhere)?.manifests.has(twoPlatforms.digest)).toBe(true)
    // Of one repository at a time.
    expect(registry.mostBlobs).toBe(4)
    const sent = registry.writes.filter(request => request.startsWith('place'))
    expect(new Set(sent).size).toBe(sent.length)
  })

  test('sends within a registry what it wrongly says it has, once it refuses the manifest', async () => {
    const registry = new KeepingRegistry()
    const place = registry.placeBlob.bind(registry)
    registry.placeBlob = (placement, onBytes) =>
      placement.isMissing === true ? place(placement, onBytes) : Promise.resolve('present')
    const { copied, failure } = await copyTo(registry, image(), [production])
    expect(failure).toBeUndefined()
    expect(copied).toMatchObject({ mounted: 2, present: 0 })
  })

  test('counts no blob of an image that was there, though it is sent', async () => {
    const registry = new KeepingRegistry()
    registry.hasBlob = () => Promise.resolve(true)
    registry.seed(elsewhere, image({ seed: '1' }))
    const known: boolean[] = []
    const place = registry.placeBlob.bind(registry)
    registry.placeBlob = (placement, onBytes) => {
      known.push(placement.isMissing ?? false)
      return place(placement, onBytes)
    }
    const { copied, failure } = await copyTo(registry, twoPlatforms, [elsewhere])
    expect(failure).toBeUndefined()
    expect(copied).toMatchObject({ blobs: 4, present: 0 })
    // The config is sent without asking, the rest once the registry has refused the manifest.
    expect(known).toEqual([false, true, true, true])
  })

  test.each([
    ['lacks what was sent', false, true],
    ['refuses it for another reason', true, false]
  ])('sends nothing again where the registry %s', async (_what, has, isContentMissing) => {
    const registry = new KeepingRegistry()
    registry.hasBlob = () => Promise.resolve(has)
    registry.refuse = request => {
      if (request.startsWith('putManifest'))
        throw new PromotionError('REGISTRY_REJECTED', 'no', { isContentMissing })
    }
    const { failure } = await copyTo(registry, image(), [elsewhere])
    expect(failure).toMatchObject({ error: { code: 'REGISTRY_REJECTED' } })
    // The config is not asked for.
    expect(registry.writes.filter(request => request.startsWith('place'))).toHaveLength(has ? 1 : 2)
    expect(registry.writes.filter(request => request.startsWith('put'))).toHaveLength(1)
  })

  test('does not hide an error that nobody expects', async () => {
    const registry = new KeepingRegistry()
    registry.refuse = request => {
      if (request.startsWith('placeBlob')) throw new TypeError('a bug')
    }
    await expect(copyTo(registry, image(), [elsewhere])).rejects.toThrow(TypeError)
  })
})

describe('copyGraphs, with what is attached', () => {
  const root = image()
  const sbom = referrerOf(root, { seed: 'sbom' })
  const signature = referrerOf(root, { seed: 'signature' })
  const signed = referrerOf(sbom, { seed: 'signed sbom' })
  const cosigned = artifact({ seed: 'cosigned' })
  const cosignTag = `${root.digest.replace(':', '-')}.sig`

  function registryWith(...attached: readonly Image[]): KeepingRegistry {
    const registry = new KeepingRegistry()
    for (const part of attached) registry.seed(home, part, part === cosigned ? [cosignTag] : [])
    return registry
  }

  test('takes it along, after the image, and lists what refers to one subject at once', async () => {
    const registry = registryWith(sbom, signature, signed)
    const { copied, warnings } = await copyTo(registry, root, [elsewhere])
    expect(copied.referrers).toBe(3)
    expect(warnings).toStrictEqual([])
    const order = registry.writes.filter(request => !request.startsWith('place'))
    expect(order).toStrictEqual([
      `putManifest ${elsewhere}@${root.digest}`,
      `attachReferrers ${elsewhere}@${root.digest}`,
      `attachReferrers ${elsewhere}@${sbom.digest}`
    ])
  })

  test("gives what cosign's tags attach the same tag", async () => {
    const registry = registryWith(cosigned)
    const { copied } = await copyTo(registry, root, [elsewhere])
    expect(copied.referrers).toBe(1)
    expect(registry.store.get(elsewhere)?.tags.get(cosignTag)).toBe(cosigned.digest)
  })

  test('puts what hangs below an attachment before it', async () => {
    const bundle = indexOf([artifact({ seed: 'inner' })], { subject: root })
    const registry = registryWith(bundle)
    expect((await copyTo(registry, root, [elsewhere])).warnings).toStrictEqual([])
    expect(registry.store.get(elsewhere)?.manifests.has(bundle.digest)).toBe(true)
  })

  test('expects what it then does', async () => {
    const registry = registryWith(sbom, signature, signed, cosigned)
    const copies = await copiesOf(registry, root, [production, elsewhere])
    expect((await copyGraphs(copies, registry, quiet)).copied).toStrictEqual(expectCopied(copies))
  })

  test('says what it skipped for lack of a right or a feature, and continues', async () => {
    const registry = registryWith(sbom, cosigned)
    registry.refuse = refusing(/^attach/, 'DENIED')
    const result = await copyTo(registry, root, [elsewhere])
    expect(result.failure).toBeUndefined()
    expect(result.warnings).toStrictEqual([expect.stringContaining(sbom.digest)])
    expect(result.copied.referrers).toBe(1)
  })

  test('fails when the registry is not there any more', async () => {
    const registry = registryWith(sbom)
    registry.refuse = refusing(/^attach/, 'REGISTRY_UNAVAILABLE')
    const { failure } = await copyTo(registry, root, [elsewhere, production])
    expect(failure).toMatchObject({ to: repositoryNamed(elsewhere), error: { code: 'REGISTRY_UNAVAILABLE' } })
    expect(
      registry.writes.filter(request => request.startsWith(`attachReferrers ${production}`))
    ).toStrictEqual([])
  })

  test('hands on what could not be read', async () => {
    const registry = registryWith(sbom)
    registry.refuse = refusing(/^listReferrers one.example\/staging/, 'DENIED')
    expect((await copyTo(registry, root, [elsewhere])).warnings).toHaveLength(1)
  })
})
