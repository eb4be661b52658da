/** Tests of looking at what forward and keep-previous need, and at nothing else. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Observed, type Order, plan } from '../../src/promotion/plan.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { observe } from '../../src/promote/inspect.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { type Image, image } from '../../testing/images.ts'
import { conduct, fakeClock } from './conduct.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

const [today, yesterday, before] = [
  image({ seed: 'today' }),
  image({ seed: 'yesterday' }),
  image({ seed: 'before' })
]
const [source, first, second] = [manifestOf(today), manifestOf(yesterday), manifestOf(before)]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const holding = {
  [named('main')]: source,
  [named('latest')]: first,
  [named('1')]: first,
  [named('nightly')]: first,
  [named('nightly-1')]: second
}
const configOf = ({ blobs: [config] }: Image): string => config?.digest ?? ''
const configs = {
  [configOf(today)]: { edition: { version: '2.0.0' } },
  [configOf(yesterday)]: { edition: { version: '1.0.0' } }
}
const reference = parseReference(named('main'))
const forward: Order = {
  source: reference,
  targets: ['latest', '1', 'new'].map(targetOf),
  ifExists: [{ pattern: '*', value: 'forward' }]
}
const rotating: Order = {
  source: reference,
  targets: [targetOf('nightly')],
  keepPrevious: [{ pattern: '*', value: 2 }]
}
const look = (order: Order, registry: MemoryRegistry): Promise<Observed> =>
  observe(order, registry, conduct())
const begun = ({ calls }: MemoryRegistry): string[] => calls.filter(call => !call.endsWith('done'))
const failing = (part: string, thrown: Error) => (call: string) =>
  call.startsWith(part) ? Promise.reject(thrown) : Promise.resolve()
const error = new PromotionError('TIMED_OUT', 'slow')

describe('observe, where tags only go forward,', () => {
  test('reads one manifest and one config of each image, once', async () => {
    const registry = memoryRegistry(holding, undefined, configs)
    const { editions } = await look(forward, registry)
    expect([...(editions ?? [])]).toStrictEqual([
      [source.digest, { version: '2.0.0' }],
      [first.digest, { version: '1.0.0' }]
    ])
    expect(
      begun(registry)
        .filter(call => !call.startsWith('head'))
        .sort()
    ).toStrictEqual(
      [
        `get ${named('main')}`,
        `get ghcr.io/acme/app@${first.digest}`,
        `config ${configOf(today)}`,
        `config ${configOf(yesterday)}`
      ].sort()
    )
  })

  test('reads nothing more where nothing is to be compared', async () => {
    for (const order of [
      { ...forward, targets: [targetOf('new'), targetOf('main')] },
      { ...forward, ifExists: [] }
    ]) {
      const registry = memoryRegistry(holding, undefined, configs)
      await look(order, registry)
      expect(begun(registry).filter(call => !call.startsWith('head'))).toStrictEqual([`get ${named('main')}`])
    }
  })

  test('takes what cannot be read for a state like any other', async () => {
    const { editions } = await look(forward, memoryRegistry(holding, failing('config', error), configs))
    expect(editions?.get(first.digest)).toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining(first.digest)
    })
  })

  test('knows nothing of an image that is gone', async () => {
    const registry = memoryRegistry(holding, undefined, configs)
    const gone: MemoryRegistry = {
      ...registry,
      getManifest: asked => (asked.digest ? Promise.resolve(undefined) : registry.getManifest(asked))
    }
    expect((await look(forward, gone)).editions?.has(first.digest)).toBe(false)
  })
})

describe('observe, where a tag leaves earlier images behind,', () => {
  test('asks for these tags at the same time as for all others', async () => {
    let arrived = (): void => undefined
    const all = new Promise<void>(resolve => {
      arrived = resolve
    })
    const asked = new Set<string>()
    const registry = memoryRegistry(holding, call => {
      if (asked.add(call).size === 4) arrived()
      return all
    })
    expect((await look(rotating, registry)).previousStates).toStrictEqual([
      [{ kind: 'present', digest: second.digest }, { kind: 'absent' }]
    ])
  })

  test('reads the images that move, by their digests', async () => {
    const registry = memoryRegistry(holding)
    const observed = await look(rotating, registry)
    expect(observed.images).toStrictEqual(
      new Map([
        [first.digest, first],
        [second.digest, second]
      ])
    )
    expect(plan(rotating, observed).steps[0]?.before).toHaveLength(2)
  })

  test('reads none where the tag does not move', async () => {
    const registry = memoryRegistry({ ...holding, [named('nightly')]: source })
    expect((await look(rotating, registry)).images?.size).toBe(0)
    expect(begun(registry).filter(call => call.startsWith('get'))).toStrictEqual([`get ${named('main')}`])
  })

  test('takes an image that cannot be read for a state like any other', async () => {
    const { images } = await look(rotating, memoryRegistry(holding, failing('get ghcr.io/acme/app@', error)))
    expect(images?.get(first.digest)).toMatchObject({ code: 'TIMED_OUT' })
  })

  test('reads an image once that is compared and moved', async () => {
    const registry = memoryRegistry(holding, undefined, configs)
    await look({ ...rotating, ifExists: [{ pattern: '*', value: 'forward' }] }, registry)
    expect(begun(registry).filter(call => call.includes(first.digest))).toHaveLength(1)
  })
})

describe('observe, with time to wait,', () => {
  test('looks at the tags when the source is there, not before', async () => {
    const registry = memoryRegistry({ [named('latest')]: first })
    const clock = fakeClock(() => registry.putManifest(targetOf('main'), source))
    const order: Order = { source: reference, targets: [targetOf('latest')] }
    await observe(order, registry, { ...conduct(), limit: 60_000, clock })
    expect(begun(registry)).toStrictEqual([
      `get ${named('main')}`,
      `put ${named('main')}`,
      `get ${named('main')}`,
      `head ${named('latest')}`
    ])
  })
})
