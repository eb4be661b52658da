/** Tests of finding all that hangs below an image. */
import { describe, expect, test } from '@jest/globals'
import type { Graph } from '../../../src/promotion/copy.ts'
import type { Manifest } from '../../../src/oci/manifest.ts'
import { MAXIMUM_DEPTH, MAXIMUM_MANIFESTS, walkImage } from '../../../src/promote/copy/walk.ts'
import { type Image, descriptorOf, dockerImage, image, indexOf, mediaTypes } from '../../../testing/images.ts'
import { KeepingRegistry, manifestOf, repositoryNamed } from '../keeping-registry.ts'

const from = repositoryNamed('one.example/app')

const locatedOf = (blob: Image['blobs'][number]): object => ({ ...descriptorOf(blob), from })

function survey(root: Image, registry = new KeepingRegistry()): Promise<Graph> {
  registry.seed('one.example/app', root)
  return walkImage(manifestOf(root), { registry, from })
}

/** Puts an index around something, again and again. */
function nested(depth: number): Image {
  return depth === 0 ? image() : indexOf([nested(depth - 1)])
}

test('the limits are four levels and a thousand manifests', () => {
  expect([MAXIMUM_DEPTH, MAXIMUM_MANIFESTS]).toStrictEqual([4, 1000])
})

describe('walkImage', () => {
  test('needs no request for a single image', async () => {
    const registry = new KeepingRegistry()
    const root = image()
    expect(await survey(root, registry)).toStrictEqual({
      root: manifestOf(root),
      manifests: [manifestOf(root)],
      blobs: root.blobs.map(locatedOf)
    })
    expect(registry.log).toStrictEqual([])
  })

  test('reads every child of an index, and puts it before the index', async () => {
    const children = [image({ seed: '1' }), image({ seed: '2' }), dockerImage({ seed: '3' })]
    const root = indexOf(children)
    const { manifests, blobs } = await survey(root)
    expect(manifests).toStrictEqual([...children, root].map(manifestOf))
    expect(blobs).toStrictEqual(expect.arrayContaining(children.flatMap(child => child.blobs).map(locatedOf)))
  })

  test('puts a child before every index that lists it, at whatever depth', async () => {
    const shared = image()
    const inner = indexOf([shared, image({ seed: 'other' })])
    const { manifests } = await survey(indexOf([inner, shared]))
    const order = manifests.map(({ digest }) => digest)
    expect(order.indexOf(manifestOf(shared).digest)).toBeLessThan(order.indexOf(manifestOf(inner).digest))
    expect(order).toHaveLength(4)
  })

  test('reads what is listed twice once', async () => {
    const registry = new KeepingRegistry()
    const shared = image()
    await survey(indexOf([indexOf([shared]), shared]), registry)
    expect(registry.log.filter(request => request.endsWith(shared.digest))).toHaveLength(1)
  })

  test('reads of an index the images that are needed, and every index', async () => {
    const registry = new KeepingRegistry()
    const [wanted, inner] = [image({ seed: 'wanted' }), indexOf([image({ seed: 'inner' })])]
    const root = indexOf([image({ seed: 'other' }), wanted, inner])
    registry.seed('one.example/app', root)
    const isNeeded = ({ digest }: { digest: string }): Promise<boolean> =>
      Promise.resolve(digest === wanted.digest)
    const { manifests, blobs } = await walkImage(manifestOf(root), { registry, from }, isNeeded)
    expect(manifests).toStrictEqual([wanted, inner, root].map(manifestOf))
    expect(blobs).toStrictEqual(wanted.blobs.map(locatedOf))
    expect(registry.log).toHaveLength(2)
  })

  test('names a blob once that several images share', async () => {
    const layers = [Buffer.from('base')]
    const { blobs } = await survey(indexOf([image({ layers, seed: '1' }), image({ layers, seed: '2' })]))
    expect(blobs).toHaveLength(3)
  })

  test('follows indexes four levels deep', async () => {
    expect((await survey(nested(MAXIMUM_DEPTH))).manifests).toHaveLength(MAXIMUM_DEPTH + 1)
  })

  test('refuses indexes five levels deep', async () => {
    await expect(survey(nested(MAXIMUM_DEPTH + 1))).rejects.toMatchObject({ code: 'MANIFEST_UNSUPPORTED' })
  })

  test('refuses more than a thousand manifests before it reads one of them', async () => {
    const registry = new KeepingRegistry()
    const manifests = Array.from({ length: MAXIMUM_MANIFESTS }, (_, index) => ({
      mediaType: mediaTypes.ociManifest,
      digest: `sha256:${index.toString(16).padStart(64, '0')}`,
      size: 1
    }))
    const root = indexOf([], { format: content => Buffer.from(JSON.stringify({ ...content, manifests })) })
    await expect(survey(root, registry)).rejects.toMatchObject({ code: 'MANIFEST_UNSUPPORTED' })
    expect(registry.log).toStrictEqual([])
  })

  test('ends where a registry answers with an index that lists itself', async () => {
    const registry = new KeepingRegistry()
    const inner = indexOf([image()])
    const root = indexOf([inner])
    // No honest registry can do this: the digest of the inner index would have to be known before it was written.
    const loop: Manifest = { ...manifestOf(root), digest: manifestOf(inner).digest }
    registry.getManifest = () => Promise.resolve(loop)
    expect((await survey(root, registry)).manifests).toHaveLength(2)
  })

  test('says which child is missing', async () => {
    const registry = new KeepingRegistry()
    const child = image()
    const root = indexOf([child])
    registry.seed('one.example/app', { ...root, children: [] })
    const survey = walkImage(manifestOf(root), { registry, from })
    await expect(survey).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    await expect(survey).rejects.toThrow(child.digest)
  })
})
