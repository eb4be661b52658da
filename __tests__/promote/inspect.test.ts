/** Tests of inspecting: what is read, how often, and at the same time as what. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { formatReference, parseReference } from '../../src/oci/reference.ts'
import { inspect } from '../../src/promote/inspect.ts'
import type { RegistryReader } from '../../src/promote/ports.ts'
import { type Facts } from '../../src/promotion/facts.ts'
import { plan } from '../../src/promotion/plan.ts'
import type { Request } from '../../src/promotion/request.ts'
import { type Image, image } from '../../testing/images.ts'
import { foundState } from '../../testing/facts.ts'
import { requestOf, setOf } from '../../testing/requests.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'
import { fakeClock, readersOf, silent } from './run.ts'

const [today, yesterday, before] = [
  image({ seed: 'today' }),
  image({ seed: 'yesterday' }),
  image({ seed: 'before' })
]
const [source, first, second] = [manifestOf(today), manifestOf(yesterday), manifestOf(before)]
const named = (tag: string): string => `ghcr.io/acme/app:${tag}`
const byDigest = ({ digest }: { digest: string }): string => `ghcr.io/acme/app@${digest}`
const holding = {
  [named('main')]: source,
  [named('latest')]: first,
  [named('1')]: first,
  [named('nightly')]: first,
  [named('nightly-1')]: second
}
const configOf = ({ blobs: [config] }: Image): string => config?.digest ?? ''
const configs = {
  [configOf(today)]: { metadata: { version: '2.0.0' } },
  [configOf(yesterday)]: { metadata: { version: '1.0.0' } }
}
const error = new PromotionError('TIMED_OUT', 'slow')
const failing = (part: string, thrown: Error) => (call: string) =>
  call.startsWith(part) ? Promise.reject(thrown) : Promise.resolve()
const begun = ({ calls }: MemoryRegistry): string[] => calls.filter(call => !call.endsWith('done'))
const plain = (...tags: string[]): Request => requestOf(named('main'), tags.map(named))
const forward: Request = requestOf(named('main'), ['latest', '1', 'new'].map(named), {
  ifExists: [{ pattern: '*', value: 'forward' }]
})
const rotating: Request = requestOf(named('main'), [named('nightly')], {
  keepPrevious: [{ pattern: '*', value: 2 }]
})

const look = (request: Request, registry: RegistryReader): ReturnType<typeof inspect> =>
  inspect(request, readersOf(registry), { limit: 0, clock: fakeClock(), progress: silent })
async function factsOf(request: Request, registry: RegistryReader): Promise<Facts> {
  const inspection = await look(request, registry)
  if (inspection.kind === 'rejected') throw new Error('the source was rejected')
  return inspection.facts
}
const tagsOf = ({ snapshot }: Facts): object => Object.fromEntries(snapshot.tags)

/** Holds up every answer until so many different questions have been asked. */
function heldUntil(count: number): (call: string) => Promise<void> {
  let release = (): void => undefined
  const all = new Promise<void>(resolve => {
    release = resolve
  })
  const asked = new Set<string>()
  return call => {
    if (asked.add(call).size === count) release()
    return all
  }
}

describe('inspect', () => {
  test('reads the source, and what each target holds', async () => {
    const { snapshot } = await factsOf(plain('latest', 'new', 'main'), memoryRegistry(holding))
    expect(snapshot.sources).toStrictEqual([foundState(source)])
    expect(Object.fromEntries(snapshot.tags)).toStrictEqual({
      [named('latest')]: { kind: 'present', digest: first.digest },
      [named('new')]: { kind: 'absent' },
      [named('main')]: { kind: 'present', digest: source.digest }
    })
  })

  test('asks once for each, and writes nothing', async () => {
    const registry = memoryRegistry(holding)
    await look(plain('latest', 'new'), registry)
    expect(begun(registry).sort()).toStrictEqual([
      `get ${named('main')}`,
      `head ${named('latest')}`,
      `head ${named('new')}`
    ])
  })

  test('reads all sources, all targets and all earlier tags at the same time', async () => {
    const set = setOf(
      [
        [named('main'), [named('nightly')]],
        [named('latest'), [named('other')]]
      ],
      { keepPrevious: [{ pattern: 'nightly', value: 2 }] }
    )
    expect(Object.keys(tagsOf(await factsOf(set, memoryRegistry(holding, heldUntil(6)))))).toHaveLength(4)
  })

  test('reads a source by its digest', async () => {
    const reference = formatReference(parseReference(byDigest(source)))
    const { snapshot } = await factsOf(requestOf(reference, []), memoryRegistry({ [reference]: source }))
    expect(snapshot.sources).toMatchObject([{ image: { manifest: source } }])
  })

  test('takes a target that cannot be read for a state like any other, and names it', async () => {
    const registry = memoryRegistry(holding, failing(`head ${named('latest')}`, error))
    expect(tagsOf(await factsOf(plain('latest', 'new'), registry))).toMatchObject({
      [named('latest')]: {
        kind: 'unreadable',
        error: { code: 'TIMED_OUT', message: expect.stringMatching(/acme\/app:latest.*slow/), cause: error }
      },
      [named('new')]: { kind: 'absent' }
    })
  })

  test.each(['get', 'head'])('hands on an error of %s that nobody expected', async method => {
    const bug = new TypeError('bug')
    await expect(look(plain('latest'), memoryRegistry(holding, failing(method, bug)))).rejects.toBe(bug)
  })
})

describe('inspect, when a source cannot be promoted,', () => {
  test('reports every source, and reads nothing more', async () => {
    const set = setOf([
      [named('main'), [named('1')]],
      ['ghcr.io/acme/app:none', [named('2')]],
      ['ghcr.io/acme/app:gone', [named('3')]]
    ])
    const inspection = await look(set, memoryRegistry(holding))
    expect(inspection).toMatchObject({
      kind: 'rejected',
      sources: [{ image: { manifest: source } }, { error: { code: 'SOURCE_NOT_FOUND' } }, { error: {} }]
    })
    const skipping = await look(
      { ...set, ifMissing: 'skip', requirements: { platforms: ['a/b'] } },
      memoryRegistry(holding)
    )
    expect(skipping).toMatchObject({ kind: 'rejected', sources: [{ error: {} }, { isMissing: true }, {}] })
  })

  test('asks nothing more once it has said so', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const registry = memoryRegistry({}, call => (call.startsWith('get') ? Promise.resolve() : gate))
    const tags = [...Array(40).keys()].map(index => named(`t${index.toString()}`))
    const askedBefore = look(requestOf(named('main'), tags), registry).then(() => begun(registry).length)
    await settled()
    release()
    const asked = await askedBefore
    await settled()
    expect(begun(registry)).toHaveLength(asked)
    expect(asked).toBeLessThan(40)
  })
})

describe('inspect, where tags only go forward,', () => {
  test('reads one manifest and one config of each image, once', async () => {
    const registry = memoryRegistry(holding, undefined, configs)
    const { metadata } = await factsOf(forward, registry)
    expect(Object.fromEntries(metadata)).toStrictEqual({
      [byDigest(source)]: { version: '2.0.0' },
      [byDigest(first)]: { version: '1.0.0' }
    })
    const others = begun(registry).filter(call => !call.startsWith('head'))
    expect(others.sort()).toStrictEqual(
      [
        `get ${named('main')}`,
        `get ${byDigest(first)}`,
        `config ${configOf(today)}`,
        `config ${configOf(yesterday)}`
      ].sort()
    )
  })

  test.each<[string, Request]>([
    ['new or up to date', { ...forward, promotions: plain('new', 'main').promotions }],
    ['free to move', { ...forward, ifExists: [] }]
  ])('reads nothing more where tags are %s', async (_what, request) => {
    const registry = memoryRegistry(holding, undefined, configs)
    await look(request, registry)
    expect(begun(registry).filter(call => !call.startsWith('head'))).toStrictEqual([`get ${named('main')}`])
  })

  test('takes what cannot be read for a fact like any other', async () => {
    const { metadata } = await factsOf(forward, memoryRegistry(holding, failing('config', error), configs))
    expect(metadata.get(byDigest(first))).toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining(first.digest)
    })
  })

  test('has no metadata of an image that is gone', async () => {
    const registry = memoryRegistry(holding, undefined, configs)
    const gone: MemoryRegistry = {
      ...registry,
      getManifest: asked => (asked.digest ? Promise.resolve(undefined) : registry.getManifest(asked))
    }
    expect((await factsOf(forward, gone)).metadata.get(byDigest(first))).toStrictEqual({})
  })
})

describe('inspect, where a tag leaves earlier images behind,', () => {
  test('reads the images that move, by their digests', async () => {
    const facts = await factsOf(rotating, memoryRegistry(holding))
    expect(Object.fromEntries(facts.kept)).toStrictEqual({
      [byDigest(first)]: first,
      [byDigest(second)]: second
    })
    expect(plan(rotating, facts).steps[0]?.before).toHaveLength(2)
  })

  test('reads none where the tag does not move', async () => {
    const registry = memoryRegistry({ ...holding, [named('nightly')]: source })
    expect((await factsOf(rotating, registry)).kept.size).toBe(0)
    expect(begun(registry).filter(call => call.startsWith('get'))).toStrictEqual([`get ${named('main')}`])
  })

  test('takes an image that cannot be read for a fact like any other', async () => {
    const registry = memoryRegistry(holding, failing('get ghcr.io/acme/app@', error))
    const { kept } = await factsOf(rotating, registry)
    expect(kept.get(byDigest(first))).toMatchObject({ code: 'TIMED_OUT' })
  })

  test('reads an image once that is compared and moved', async () => {
    const registry = memoryRegistry(holding, undefined, configs)
    await look({ ...rotating, ifExists: [{ pattern: '*', value: 'forward' }] }, registry)
    expect(begun(registry).filter(call => call.includes(first.digest))).toHaveLength(1)
  })
})

describe('inspect, with time to wait,', () => {
  test.each([
    ['a tag', named('main')],
    ['a digest', byDigest(source)]
  ])(
    'finds a source that is given by %s and pushed later; reads the tags then, not before',
    async (_what, name) => {
      const registry = memoryRegistry({ [named('latest')]: first })
      const clock = fakeClock(() => registry.putManifest(targetOf('main'), source))
      const request = requestOf(name, [named('latest')])
      const inspection = await inspect(request, readersOf(registry), {
        limit: 60_000,
        clock,
        progress: silent
      })
      expect(inspection.kind).toBe('accepted')
      expect(begun(registry)).toStrictEqual([
        `get ${name}`,
        `put ${named('main')}`,
        `get ${name}`,
        `head ${named('latest')}`
      ])
    }
  )
})

/** Waits until everything that can go on without the test has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
