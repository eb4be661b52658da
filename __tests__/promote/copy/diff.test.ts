/** Tests of finding out what a repository lacks. */
import { describe, expect, test } from '@jest/globals'
import type { Copy } from '../../../src/promotion/copy.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { Comparison } from '../../../src/promote/copy/diff.ts'
import { findAttachments } from '../../../src/promote/copy/attachments.ts'
import { walkImage } from '../../../src/promote/copy/walk.ts'
import {
  type Image,
  artifact,
  attestationOf,
  image,
  indexOf,
  indexWithAttestations,
  referrerOf
} from '../../../testing/images.ts'
import { openRepository } from '../../../testing/registry-store.ts'
import { KeepingRegistry, manifestOf, repositoryNamed } from '../keeping-registry.ts'

const from = repositoryNamed('one.example/app')
const to = repositoryNamed('two.example/app')
const here = 'one.example/app'
const there = 'two.example/app'
const beside = repositoryNamed('one.example/other')
const digests = (parts: readonly { readonly digest: string }[]): string[] => parts.map(({ digest }) => digest)
const cosignTag = ({ digest }: Image): string => `${digest.replace(':', '-')}.sig`

/** Compares an image, with all that is attached to it where it is, with what a repository elsewhere has. */
async function comparison(
  registry: KeepingRegistry,
  root: Image,
  { hasImage = false, repository = to } = {}
): Promise<Copy> {
  registry.seed(here, root)
  const image = await walkImage(manifestOf(root), { registry, from })
  const found = await findAttachments(image.manifests, { registry, from })
  registry.log.length = 0
  const content = { image: Promise.resolve(image), attached: Promise.resolve(found) }
  return new Comparison(image.root, { repository, hasImage }, registry).compare(content)
}

describe('Comparison', () => {
  test('finds everything lacking in an empty repository', async () => {
    const children = [image({ seed: '1' }), image({ seed: '2' })]
    const root = indexOf(children)
    const copy = await comparison(new KeepingRegistry(), root)
    expect(digests(copy.image.manifests)).toStrictEqual(digests([...children, root]))
    expect(digests(copy.image.blobs)).toHaveLength(4)
    expect(copy).toMatchObject({ to, attachments: [], present: 0, warnings: [] })
  })

  test('asks for each manifest once, and for no blob of an image that is there', async () => {
    const registry = new KeepingRegistry()
    const root = indexOf([image({ seed: '1' }), image({ seed: '2' })])
    registry.seed(there, root)
    const copy = await comparison(registry, root)
    expect(copy).toMatchObject({ image: { manifests: [], blobs: [] }, present: 0 })
    expect(registry.log.filter(request => /^(?:head|has)/.test(request))).toHaveLength(3)
  })

  test('does not ask for an image that a tag points to', async () => {
    const registry = new KeepingRegistry()
    const root = indexOf([image({ seed: '1' }), image({ seed: '2' })])
    registry.seed(there, root)
    const copy = await comparison(registry, root, { hasImage: true })
    expect(copy).toMatchObject({ image: { manifests: [], blobs: [] }, present: 0 })
    expect(registry.log).not.toContain(`headManifest ${there}@${root.digest}`)
    expect(registry.log.filter(request => request.startsWith('head'))).toHaveLength(2)
  })

  test('asks for layers, and not for the documents of a missing manifest: its config, what BuildKit attests of it', async () => {
    const registry = new KeepingRegistry()
    const [old, fresh] = [image({ seed: 'old' }), image({ seed: 'fresh' })]
    const [ofOld, ofFresh] = [old, fresh].map(attestationOf) as [Image, Image]
    registry.seed(there, old)
    const root = indexWithAttestations([old, fresh])
    const copy = await comparison(registry, root)
    expect(digests(copy.image.manifests)).toStrictEqual(
      expect.arrayContaining(digests([fresh, ofOld, ofFresh, root]))
    )
    expect(copy.image.manifests).toHaveLength(4)
    expect(digests(copy.image.blobs).toSorted()).toStrictEqual(
      digests([fresh, ofOld, ofFresh].flatMap(({ blobs }) => blobs)).toSorted()
    )
    expect(registry.log.filter(request => request.startsWith('hasBlob'))).toStrictEqual([
      `hasBlob ${there}@${fresh.blobs[1]?.digest ?? ''}`
    ])
    expect(registry.log.filter(request => request.startsWith('head')).toSorted()).toStrictEqual(
      [root, old, fresh, ofOld].map(({ digest }) => `headManifest ${there}@${digest}`).toSorted()
    )
  })

  test('asks for no blob that can be mounted', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    registry.seed(here, root)
    const { image: missing, present } = await comparison(registry, root, { repository: beside })
    expect(digests(missing.blobs)).toStrictEqual(digests(root.blobs))
    expect([present, registry.log.filter(request => request.startsWith('hasBlob'))]).toStrictEqual([0, []])
  })

  test('finds a child that was deleted from an index, at whatever depth', async () => {
    const registry = new KeepingRegistry()
    const lost = image({ seed: 'lost' })
    const root = indexOf([indexOf([lost, image({ seed: 'kept' })])])
    registry.seed(there, root)
    const { manifests, blobs } = openRepository(registry.store, there)
    manifests.delete(lost.digest)
    blobs.delete(lost.blobs[0]?.digest ?? '')
    const copy = await comparison(registry, root)
    expect(digests(copy.image.manifests)).toStrictEqual([lost.digest])
    expect(digests(copy.image.blobs)).toStrictEqual(digests(lost.blobs.slice(0, 1)))
  })

  test('finds what is new in an index with a part that exists', async () => {
    const registry = new KeepingRegistry()
    const [old, fresh] = [image({ seed: 'old' }), image({ seed: 'fresh' })]
    registry.seed(there, old)
    const copy = await comparison(registry, indexOf([old, fresh]))
    expect(digests(copy.image.manifests)).toStrictEqual(expect.not.arrayContaining([old.digest]))
    expect(digests(copy.image.blobs)).toStrictEqual(digests(fresh.blobs))
  })

  test('counts blobs that another image has brought', async () => {
    const registry = new KeepingRegistry()
    const layers = [Buffer.from('base')]
    registry.seed(there, image({ layers, seed: 'other' }))
    const root = image({ layers, seed: 'mine' })
    const copy = await comparison(registry, root)
    expect(digests(copy.image.blobs)).toStrictEqual(digests(root.blobs.slice(0, 1)))
    expect(copy.present).toBe(1)
  })

  test('asks about each blob once, whatever shares it', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    for (const seed of ['1', '2']) registry.seed(here, referrerOf(root, { seed }))
    const copy = await comparison(registry, root)
    const asked = registry.log.filter(request => request.startsWith('hasBlob'))
    expect(new Set(asked).size).toBe(asked.length)
    expect(copy.attachments.flatMap(({ blobs }) => blobs)).toHaveLength(3)
  })

  test('looks for what is attached only where the image is there already', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    registry.seed(here, referrerOf(root))
    await comparison(registry, root)
    expect(registry.log.filter(request => request.startsWith('listReferrers'))).toStrictEqual([])
    registry.seed(there, root)
    await comparison(registry, root)
    expect(registry.log.filter(request => request.startsWith('listReferrers'))).toHaveLength(1)
  })

  test('takes along only the referrers that are not attached yet', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    const [old, fresh] = [referrerOf(root, { seed: 'old' }), referrerOf(root, { seed: 'fresh' })]
    for (const part of [root, old]) registry.seed(there, part)
    for (const part of [old, fresh]) registry.seed(here, part)
    const { attachments } = await comparison(registry, root)
    expect(attachments.map(({ graph }) => graph.root.digest)).toStrictEqual([fresh.digest])
  })

  test('takes along again what is there and not listed', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    const referrer = referrerOf(root)
    for (const part of [root, referrer]) registry.seed(there, part)
    registry.seed(here, referrer)
    const list = registry.listReferrers.bind(registry)
    registry.listReferrers = (repository, subject) =>
      repository.registry === to.registry ? Promise.resolve([]) : list(repository, subject)
    const { attachments } = await comparison(registry, root)
    expect(attachments).toMatchObject([
      { manifests: [], blobs: [], graph: { root: { digest: referrer.digest } } }
    ])
  })

  test('takes for not attached what it may not list', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    const referrer = referrerOf(root)
    for (const part of [root, referrer]) registry.seed(there, part)
    registry.seed(here, referrer)
    registry.refuse = request => {
      if (request.startsWith(`listReferrers ${there}`)) throw new PromotionError('DENIED', 'no')
    }
    expect((await comparison(registry, root)).attachments).toHaveLength(1)
  })

  test('fails where a list cannot be read now', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    registry.seed(there, root)
    registry.seed(here, referrerOf(root))
    registry.refuse = request => {
      if (request.startsWith(`listReferrers ${there}`)) throw new PromotionError('TIMED_OUT', 'later')
    }
    await expect(comparison(registry, root)).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })

  test('fails where the repository cannot be asked', async () => {
    const registry = new KeepingRegistry()
    registry.refuse = request => {
      if (request.startsWith(`hasBlob ${there}`)) throw new PromotionError('UNAUTHORIZED', 'who are you')
    }
    await expect(comparison(registry, image())).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  })
})

describe('Comparison, of cosign tags', () => {
  const root = image()
  /** What cosign pushes: a layer for each signature, which is an annotation; all that sign an image have the same payload. */
  const signaturesWith = (annotate: (layer: object, by: string) => object, by: readonly string[]): Image =>
    artifact({
      layers: by.map(() => Buffer.from('payload')),
      format: json => {
        const layers = (json as { layers: readonly object[] }).layers.map((layer, index) =>
          annotate(layer, by[index] ?? '')
        )
        return Buffer.from(JSON.stringify({ ...json, layers }))
      }
    })
  const signatures = (...by: string[]): Image =>
    signaturesWith((layer, signature) => ({ ...layer, annotations: { signature } }), by)
  const reordered = signaturesWith(
    (layer, signature) => ({ annotations: { signature }, ...layer }),
    ['older']
  )
  const longer = signaturesWith(
    (layer, signature) => ({ ...layer, size: 8, annotations: { signature } }),
    ['older']
  )

  const cases: readonly { what: string; now?: Image; taken: number; warnings: number }[] = [
    { what: 'lacks it', taken: 1, warnings: 0 },
    { what: 'has it', now: signatures('ours', 'older'), taken: 0, warnings: 0 },
    { what: 'has an earlier one of the same signatures', now: signatures('older'), taken: 1, warnings: 0 },
    { what: 'has an earlier one, its fields in another order', now: reordered, taken: 1, warnings: 0 },
    { what: 'has one more', now: signatures('ours', 'older', 'theirs'), taken: 0, warnings: 1 },
    { what: 'has another of the same payload', now: signatures('theirs'), taken: 0, warnings: 1 },
    { what: 'has one that differs in its size', now: longer, taken: 0, warnings: 1 },
    { what: 'has an index', now: indexOf([signatures('ours')]), taken: 0, warnings: 1 },
    { what: 'has an empty index', now: indexOf([]), taken: 0, warnings: 1 },
    { what: 'has an artifact without layers', now: signatures(), taken: 0, warnings: 1 }
  ]

  test.each(cases)('decides where the repository $what', async ({ now, taken, warnings }) => {
    const registry = new KeepingRegistry()
    registry.seed(here, signatures('ours', 'older'), [cosignTag(root)])
    if (now !== undefined) registry.seed(there, now, [cosignTag(root)])
    const copy = await comparison(registry, root)
    expect(copy.attachments).toHaveLength(taken)
    expect(copy.warnings).toHaveLength(warnings)
    for (const warning of copy.warnings) expect(warning).toContain(`${there}:${cosignTag(root)}`)
  })

  test('takes what a registry denies at home for absent, as it may mean just that', async () => {
    const registry = new KeepingRegistry()
    registry.refuse = request => {
      if (request.endsWith('.sig')) throw new PromotionError('DENIED', 'no')
    }
    expect((await comparison(registry, root)).warnings).toStrictEqual([])
  })

  test.each([
    ['takes it for absent where the image is new', false, 1, []],
    [
      'leaves it where the image is not',
      true,
      0,
      [expect.stringContaining('cannot be read; it was left as it is')]
    ]
  ] as const)('of a tag that is denied there, %s', async (_what, ...[isThere, taken, warnings]) => {
    const registry = new KeepingRegistry()
    registry.seed(here, signatures('ours'), [cosignTag(root)])
    if (isThere) registry.seed(there, root, ['1'])
    registry.refuse = request => {
      const isAbsent = request.startsWith(`headManifest ${there}`) && !isThere
      if (isAbsent || request === `getManifest ${there}:${cosignTag(root)}`)
        throw new PromotionError('DENIED', 'no')
    }
    const copy = await comparison(registry, root)
    expect([copy.attachments.length, copy.image.manifests.length]).toEqual([taken, isThere ? 0 : 1])
    expect(copy.warnings).toEqual(warnings)
  })

  test('tells of what could not be read at home', async () => {
    const registry = new KeepingRegistry()
    registry.refuse = request => {
      if (request.endsWith('.sig')) throw new PromotionError('REGISTRY_REJECTED', 'no')
    }
    expect((await comparison(registry, root)).warnings).toStrictEqual([expect.stringContaining('.sig')])
  })
})
