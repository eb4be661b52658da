/** Tests of finding what is attached to an image. */
import { describe, expect, test } from '@jest/globals'
import type { Graph } from '../../../src/promotion/copy.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import {
  type Found,
  MAXIMUM_ATTACHMENTS,
  MAXIMUM_GENERATIONS,
  findAttachments
} from '../../../src/promote/copy/attachments.ts'
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
import { KeepingRegistry, digestOf, manifestOf, repositoryNamed } from '../keeping-registry.ts'

const from = repositoryNamed('one.example/app')
const cosignTag = ({ digest }: Image, suffix: string): string => `${digest.replace(':', '-')}.${suffix}`

interface Scene {
  readonly registry: KeepingRegistry
  readonly graph: Graph
}

async function sceneOf(root: Image, attached: readonly Image[] = []): Promise<Scene> {
  const registry = new KeepingRegistry()
  for (const part of [root, ...attached]) registry.seed('one.example/app', part)
  return { registry, graph: await walkImage(manifestOf(root), { registry, from }) }
}

const find = ({ registry, graph }: Scene): Promise<Found> =>
  findAttachments(graph.manifests, { registry, from })
const rootsOf = ({ attachments }: Found): string[] => attachments.map(({ graph }) => graph.root.digest)

test('the limits are four generations and a thousand attachments', () => {
  expect([MAXIMUM_GENERATIONS, MAXIMUM_ATTACHMENTS]).toStrictEqual([4, 1000])
})

describe('findAttachments', () => {
  test('finds nothing where nothing is attached', async () => {
    expect(await find(await sceneOf(indexOf([image()])))).toStrictEqual({ attachments: [], warnings: [] })
  })

  test('finds what refers to the index and to each of its children', async () => {
    const children = [image(), image({ platform: 'linux/arm64' })]
    const root = indexOf(children)
    const referrers = [root, ...children].map(subject => referrerOf(subject))
    const found = await find(await sceneOf(root, referrers))
    expect(rootsOf(found).sort()).toStrictEqual(referrers.map(({ digest }) => digest).sort())
  })

  test('looks for nothing that refers to BuildKit’s attestations', async () => {
    const child = image()
    const attestation = attestationOf(child)
    const root = indexWithAttestations([child])
    const scene = await sceneOf(root)
    const asked: string[] = []
    scene.registry.refuse = request => void asked.push(request)
    await find(scene)
    const hex = ({ digest }: Image): string => digest.slice('sha256:'.length)
    expect(asked.some(request => request.includes(hex(child)))).toBe(true)
    expect(asked.filter(request => request.includes(hex(attestation)))).toStrictEqual([])
  })

  test('finds referrers of referrers, each after what it refers to', async () => {
    const root = image()
    const sbom = referrerOf(root)
    const signature = referrerOf(sbom)
    expect(rootsOf(await find(await sceneOf(root, [sbom, signature])))).toStrictEqual([
      sbom.digest,
      signature.digest
    ])
  })

  test('follows them for four generations', async () => {
    const root = image()
    const generations: Image[] = []
    for (
      let subject = root;
      generations.length < MAXIMUM_GENERATIONS + 2;
      subject = generations.at(-1) ?? root
    )
      generations.push(referrerOf(subject))
    const expected = generations.slice(0, MAXIMUM_GENERATIONS).map(({ digest }) => digest)
    expect(rootsOf(await find(await sceneOf(root, generations)))).toStrictEqual(expected)
  })

  test('finds all that hangs below an attachment', async () => {
    const root = image()
    const bundle = indexOf([artifact({ seed: 'inner' })], { subject: root })
    const { attachments } = await find(await sceneOf(root, [bundle]))
    expect(attachments[0]?.graph.manifests).toHaveLength(2)
  })

  test.each(['sig', 'att', 'sbom'])("finds what cosign's tags ending in .%s attach", async suffix => {
    const child = image()
    const scene = await sceneOf(indexOf([child]))
    const signature = artifact()
    scene.registry.seed('one.example/app', signature, [cosignTag(child, suffix)])
    expect((await find(scene)).attachments).toStrictEqual([
      {
        subject: digestOf(child),
        tag: cosignTag(child, suffix),
        graph: await walkImage(manifestOf(signature), { registry: scene.registry, from })
      }
    ])
  })

  test('knows what in the image itself refers to something', async () => {
    const subject = image()
    const promoted = referrerOf(subject)
    expect((await find(await sceneOf(promoted))).attachments).toMatchObject([
      { subject: subject.digest, graph: { root: { digest: promoted.digest } } }
    ])
  })

  test('passes over what is listed and gone', async () => {
    const root = image()
    const scene = await sceneOf(root, [referrerOf(root)])
    const getManifest = scene.registry.getManifest.bind(scene.registry)
    scene.registry.getManifest = reference =>
      reference.digest === root.digest ? getManifest(reference) : Promise.resolve(undefined)
    expect(await find(scene)).toStrictEqual({ attachments: [], warnings: [] })
  })

  test('passes over what is listed and refers to something else', async () => {
    const root = image()
    const other = referrerOf(image({ seed: 'other' }))
    const scene = await sceneOf(root, [other])
    scene.registry.listReferrers = () =>
      Promise.resolve([{ digest: digestOf(other), mediaType: other.mediaType, size: other.bytes.length }])
    expect(await find(scene)).toStrictEqual({ attachments: [], warnings: [] })
  })

  test.each(['UNAUTHORIZED', 'DENIED', 'REGISTRY_REJECTED', 'MANIFEST_UNSUPPORTED'] as const)(
    'says what it could not read because of %s, and finds the rest',
    async code => {
      const root = image()
      const [one, two] = [referrerOf(root, { seed: '1' }), referrerOf(root, { seed: '2' })]
      const scene = await sceneOf(root, [one, two])
      scene.registry.refuse = request => {
        if (request === `getManifest one.example/app@${one.digest}`) throw new PromotionError(code, 'no')
      }
      const found = await find(scene)
      expect(rootsOf(found)).toStrictEqual([two.digest])
      expect(found.warnings).toStrictEqual([expect.stringContaining(one.digest)])
    }
  )

  test('says that it could not read a list', async () => {
    const root = image()
    const scene = await sceneOf(root, [referrerOf(root)])
    scene.registry.refuse = request => {
      if (request.startsWith('listReferrers')) throw new PromotionError('DENIED', 'no')
    }
    expect(await find(scene)).toStrictEqual({
      attachments: [],
      warnings: [expect.stringContaining(root.digest)]
    })
  })

  test.each(['REGISTRY_UNAVAILABLE', 'TIMED_OUT', 'DIGEST_MISMATCH'] as const)(
    'fails with %s',
    async code => {
      const root = image()
      const scene = await sceneOf(root, [referrerOf(root)])
      scene.registry.refuse = request => {
        if (request.startsWith('listReferrers')) throw new PromotionError(code, 'later')
      }
      await expect(find(scene)).rejects.toMatchObject({ code })
    }
  )

  test('says that there is more than it takes', async () => {
    const root = image()
    const scene = await sceneOf(root)
    const many = Array.from({ length: MAXIMUM_ATTACHMENTS + 1 }, (_, index) => ({
      digest: digestOf({ ...root, digest: `sha256:${index.toString(16).padStart(64, '0')}` }),
      mediaType: root.mediaType,
      size: 1
    }))
    scene.registry.listReferrers = () => Promise.resolve(many)
    expect((await find(scene)).warnings).toStrictEqual([expect.stringContaining('1000')])
  })
})
