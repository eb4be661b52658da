/** Tests of finding out what has to be copied: what runs side by side, and what ends it. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Copy } from '../../../src/promotion/copy.ts'
import { findMissingContent } from '../../../src/promote/copy/inspect.ts'
import { type Image, image, indexOf, referrerOf } from '../../../testing/images.ts'
import { openRepository } from '../../../testing/registry-store.ts'
import { KeepingRegistry, manifestOf, repositoryNamed } from '../keeping-registry.ts'

const from = repositoryNamed('one.example/app')
const to = repositoryNamed('two.example/app')
const child = image({ seed: 'child' })
const root = indexOf([child, image({ seed: 'other' })])

/** A registry whose answers to some requests come only when others have been made. */
class WaitingRegistry extends KeepingRegistry {
  readonly #order: readonly (readonly [later: RegExp, earlier: RegExp])[]

  constructor(order: readonly (readonly [later: RegExp, earlier: RegExp])[]) {
    super()
    this.#order = order
  }

  override async getManifest(
    ...args: Parameters<KeepingRegistry['getManifest']>
  ): ReturnType<KeepingRegistry['getManifest']> {
    const found = await super.getManifest(...args)
    await this.#wait('getManifest')
    return found
  }

  override async listReferrers(
    ...args: Parameters<KeepingRegistry['listReferrers']>
  ): ReturnType<KeepingRegistry['listReferrers']> {
    const found = await super.listReferrers(...args)
    await this.#wait('listReferrers')
    return found
  }

  async #wait(what: string): Promise<void> {
    for (const [, earlier] of this.#order.filter(([later]) => later.test(what))) {
      for (let turn = 0; turn < 100; turn++) {
        if (this.log.some(request => earlier.test(request))) return
        await new Promise(setImmediate)
      }
      throw new Error(`${what} comes before ${earlier.source}`)
    }
  }
}

function find(
  registry: KeepingRegistry,
  source: Image = root,
  referrers = true
): Promise<Map<string, Copy | PromotionError>> {
  const manifest = manifestOf(source)
  const parts = [{ repository: from, manifest }]
  return findMissingContent({ manifest, parts }, [{ repository: to, hasImage: false }], {
    registry,
    referrers
  })
}

describe('findMissingContent', () => {
  test('asks the target for an index and its children while the children are being read', async () => {
    const registry = new WaitingRegistry([
      [/getManifest/, new RegExp(`^headManifest two.example/app@${child.digest}`)]
    ])
    registry.seed('one.example/app', root)
    expect((await find(registry)).get('two.example/app')).toMatchObject({ present: 0 })
    expect(registry.log.filter(request => request.startsWith('headManifest two.example/app@'))).toHaveLength(
      3
    )
  })

  test('asks the target for blobs while attachments are being looked for', async () => {
    const registry = new WaitingRegistry([[/listReferrers/, /^hasBlob two\.example/]])
    registry.seed('one.example/app', root)
    expect((await find(registry)).get('two.example/app')).toMatchObject({ present: 0 })
  })

  test.each([true, false])(
    'throws if the image is not whole, whatever the target says (referrers: %j)',
    async referrers => {
      const registry = new KeepingRegistry()
      registry.seed('one.example/app', root)
      openRepository(registry.store, 'one.example/app').manifests.delete(child.digest)
      const unhandled: unknown[] = []
      const note = (error: unknown): void => {
        unhandled.push(error)
      }
      process.on('unhandledRejection', note)
      registry.refuse = request => {
        if (request.startsWith('headManifest two')) throw new PromotionError('REGISTRY_UNAVAILABLE', 'no')
      }
      await expect(find(registry, root, referrers)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
      await new Promise(setImmediate)
      process.off('unhandledRejection', note)
      expect(unhandled).toEqual([])
    }
  )

  /** Reads an index for two repositories; lists the children that are read. */
  async function childrenRead(
    registry: KeepingRegistry,
    { tagged }: { readonly tagged: readonly boolean[] }
  ): Promise<{ read: string[]; copies: Map<string, Copy | PromotionError> }> {
    registry.seed('one.example/app', root)
    const manifest = manifestOf(root)
    const source = { manifest, parts: [{ repository: from, manifest }] }
    const destinations = tagged.map((hasImage, index) => ({
      repository: repositoryNamed(`two.example/app${index.toString()}`),
      hasImage
    }))
    const copies = await findMissingContent(source, destinations, { registry, referrers: true })
    const read = registry.log.filter(request => request.startsWith('getManifest one.example/app@'))
    return { read: read.map(request => request.slice('getManifest one.example/app@'.length)), copies }
  }

  test('reads no image that each repository has whose tag points to the index, and finds what is attached to it', async () => {
    const registry = new KeepingRegistry()
    for (const name of ['app0', 'app1']) registry.seed(`two.example/${name}`, root)
    registry.seed('one.example/app', referrerOf(child))
    const { read, copies } = await childrenRead(registry, { tagged: [true, true] })
    expect(read).toEqual([referrerOf(child).digest])
    expect([...copies.values()]).toMatchObject(
      Array.from({ length: 2 }, () => ({ image: { manifests: [] }, attachments: [{ manifests: [{}] }] }))
    )
  })

  test('reads an image that one of them has lost', async () => {
    const registry = new KeepingRegistry()
    for (const name of ['app0', 'app1']) registry.seed(`two.example/${name}`, root)
    openRepository(registry.store, 'two.example/app1').manifests.delete(child.digest)
    const { read, copies } = await childrenRead(registry, { tagged: [true, true] })
    expect(read).toEqual([child.digest])
    expect([...copies.values()]).toMatchObject([
      { image: { manifests: [] } },
      { image: { manifests: [{ digest: child.digest }] } }
    ])
  })

  test('reads all where a tag in one of them does not point to the index', async () => {
    const registry = new KeepingRegistry()
    for (const name of ['app0', 'app1']) registry.seed(`two.example/${name}`, root)
    expect((await childrenRead(registry, { tagged: [true, false] })).read).toHaveLength(2)
  })

  test('says which of them cannot be asked', async () => {
    const registry = new KeepingRegistry()
    registry.seed('two.example/app0', root)
    registry.refuse = request => {
      if (request.startsWith('headManifest two.example/app1')) throw new PromotionError('TIMED_OUT', 'no')
    }
    const { read, copies } = await childrenRead(registry, { tagged: [true, true] })
    expect(read).toHaveLength(2)
    expect([...copies.values()]).toMatchObject([{ image: { manifests: [] } }, { code: 'TIMED_OUT' }])
  })

  test('takes nothing along that refers to an index which is taken apart, or which that refers to', async () => {
    const registry = new KeepingRegistry()
    const part = indexOf([child], { subject: image({ seed: 'subject' }) })
    const whole = indexOf([child, image({ seed: 'more' })])
    for (const each of [part, whole, referrerOf(part)]) registry.seed('one.example/app', each)
    const parts = [part, ...whole.children.slice(1)].map(each => ({
      repository: from,
      manifest: manifestOf(each)
    }))
    const destination = { repository: to, hasImage: false }
    const options = { registry, referrers: true }
    const copies = await findMissingContent({ manifest: manifestOf(whole), parts }, [destination], options)
    expect(copies.get('two.example/app')).toMatchObject({
      attachments: [],
      image: { manifests: [{}, {}, {}] }
    })
  })

  test('throws if attachments cannot be looked for', async () => {
    const registry = new KeepingRegistry()
    registry.seed('one.example/app', root)
    registry.refuse = request => {
      if (request.startsWith('listReferrers one')) throw new PromotionError('REGISTRY_UNAVAILABLE', 'no')
    }
    await expect(find(registry)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })
})
