/** Tests of looking: the source, and what each target holds. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { type Reference, formatReference, parseReference } from '../../src/oci/reference.ts'
import type { Observed, Order } from '../../src/promotion/plan.ts'
import { observe as observePatiently } from '../../src/promote/inspect.ts'
import type { RegistryReader } from '../../src/promote/ports.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { conduct } from './conduct.ts'
import { memoryRegistry } from './memory-registry.ts'

const manifest = manifestOf()
const other = manifestOf(image({ seed: 'other' }))
const source = parseReference('ghcr.io/acme/app:sha-1')
const holding = { 'ghcr.io/acme/app:sha-1': manifest, 'ghcr.io/acme/app:latest': other }

const observe = (order: Order, registry: RegistryReader): Promise<Observed> =>
  observePatiently(order, registry, conduct())

const failing = (method: string, error: Error) => (call: string) =>
  call.startsWith(method) ? Promise.reject(error) : Promise.resolve()

describe('observe', () => {
  test('reads the source, and the state of each target in the order given', async () => {
    const targets = ['latest', 'new', 'sha-1'].map(targetOf)
    expect(await observe({ source, targets }, memoryRegistry(holding))).toMatchObject({
      source: manifest,
      states: [
        { kind: 'present', digest: other.digest },
        { kind: 'absent' },
        { kind: 'present', digest: manifest.digest }
      ]
    })
  })

  test('asks once for each, and writes nothing', async () => {
    const registry = memoryRegistry(holding)
    await observe({ source, targets: ['latest', 'new'].map(targetOf) }, registry)
    expect(registry.calls.filter(call => !call.endsWith('done')).sort()).toStrictEqual([
      'get ghcr.io/acme/app:sha-1',
      'head ghcr.io/acme/app:latest',
      'head ghcr.io/acme/app:new'
    ])
  })

  test('reads the source and the targets at the same time: each answer waits for the other question', async () => {
    let arrived = (): void => undefined
    const both = new Promise<void>(resolve => {
      arrived = resolve
    })
    const asked = new Set<string>()
    const registry = memoryRegistry(holding, call => {
      if (asked.add(call).size === 2) arrived()
      return both
    })
    expect((await observe({ source, targets: [targetOf('latest')] }, registry)).states).toHaveLength(1)
  })

  test('reads a source by its digest', async () => {
    const byDigest: Reference = parseReference(`ghcr.io/acme/app@${manifest.digest}`)
    const registry = memoryRegistry({ [formatReference(byDigest)]: manifest })
    expect((await observe({ source: byDigest, targets: [] }, registry)).source).toBe(manifest)
  })
})

describe('observe, when the source cannot be read,', () => {
  const order = { source, targets: [targetOf('latest')] }

  test('says that there is none, by its full name', async () => {
    await expect(observe(order, memoryRegistry())).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringContaining('ghcr.io/acme/app:sha-1'),
      advice: expect.stringContaining('Check')
    })
  })

  test('keeps the code and the advice of the error and names the source', async () => {
    const error = new PromotionError('DENIED', 'no pull right', { advice: 'ask' })
    await expect(observe(order, memoryRegistry(holding, failing('get', error)))).rejects.toMatchObject({
      code: 'DENIED',
      message: expect.stringMatching(/ghcr\.io\/acme\/app:sha-1.*no pull right/),
      advice: 'ask',
      cause: error
    })
  })

  test('hands on an error that is none of ours', async () => {
    const error = new TypeError('bug')
    await expect(observe(order, memoryRegistry(holding, failing('get', error)))).rejects.toBe(error)
  })

  test('asks nothing more once it has said so', async () => {
    let release = (): void => undefined
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const registry = memoryRegistry({}, call => (call.startsWith('get') ? Promise.resolve() : gate))
    const asked = (): number => registry.calls.filter(call => !call.endsWith('done')).length
    const targets = [...Array(40).keys()].map(index => targetOf(`t${index.toString()}`))

    const askedBefore = observe({ source, targets }, registry).then(() => -1, asked)
    await settled()
    release()
    const before = await askedBefore
    await settled()
    expect(asked()).toBe(before)
  })
})

describe('observe, when a target cannot be read,', () => {
  const order = { source, targets: ['latest', 'new'].map(targetOf) }

  test('takes that for a state like any other, and names the target', async () => {
    const error = new PromotionError('TIMED_OUT', 'slow')
    const registry = memoryRegistry(holding, failing('head ghcr.io/acme/app:latest', error))
    const { states } = await observe(order, registry)
    expect(states).toStrictEqual([
      { kind: 'unreadable', error: expect.any(PromotionError) },
      { kind: 'absent' }
    ])
    expect(states[0]).toMatchObject({
      error: {
        code: 'TIMED_OUT',
        message: expect.stringMatching(/ghcr\.io\/acme\/app:latest.*slow/),
        cause: error
      }
    })
  })

  test('hands on an error that is none of ours', async () => {
    const error = new TypeError('bug')
    await expect(observe(order, memoryRegistry(holding, failing('head', error)))).rejects.toBe(error)
  })
})

/** Waits until everything that can go on without the test has gone on. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
