/** What properties are about: tags with a history, a request about them, and a registry whose writes fail where a test says so. */
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import type { Request } from '../../src/promotion/request.ts'
import { requestOf } from '../../testing/requests.ts'
import { formatReference } from '../../src/oci/reference.ts'
import { manifestOf, targetOf } from '../../testing/samples.ts'
import { image } from '../../testing/images.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

/** The image that is promoted. */
export const sourceImage = imageOf('1.5.0')

const images = [sourceImage, ...['1.4.0', '1.6.0', '2.0.0-rc.1', 'main'].map(imageOf)]

/** What tags hold, by name. */
export type Content = Readonly<Record<string, Manifest>>

/** Names a tag in full. */
export function named(tag: string): string {
  return formatReference(targetOf(tag))
}

const tags = ['a', 'b', 'c', 'nightly'] as const

/** Generates what tags hold before a run: the source is there, of all others any may be missing. */
export const contents: fc.Arbitrary<Content> = fc
  .tuple(
    ...[...tags, 'nightly-1', 'nightly-2', 'nightly-3'].map(tag =>
      fc.option(fc.constantFrom(...images)).map(held => (held === null ? [] : [[named(tag), held] as const]))
    )
  )
  .map(held => Object.fromEntries([...held.flat(), [named('source'), sourceImage]]))

const rule = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<{ pattern: string; value: T }> =>
  fc.record({ pattern: fc.constantFrom('*', 'a', '?', 'n*'), value: values })

/** Generates requests about these tags: any targets, policies and numbers of predecessors. */
export const requests: fc.Arbitrary<Request> = fc
  .record({
    targets: fc.shuffledSubarray([...tags], { minLength: 1 }).map(drawn => drawn.map(targetOf)),
    ifExists: fc.array(rule(fc.constantFrom('move', 'skip', 'fail', 'forward')), { maxLength: 2 }),
    keepPrevious: fc.constantFrom([], [{ pattern: 'nightly', value: 2 }], [{ pattern: '*', value: 3 }])
  })
  .map(({ targets, ...rules }) => requestOf(named('source'), targets, rules))

/** How a write fails: before it is done, or after, when only the answer is lost. */
export type Fault = 'refused' | 'answer lost'

/** Makes a registry whose `at`-th and later writes, `count` of them, fail. */
export function failingRegistry(
  content: Content,
  { at, count, fault }: { readonly at: number; readonly count: number; readonly fault: Fault }
): MemoryRegistry {
  const registry = memoryRegistry(content)
  let writes = 0
  return {
    ...registry,
    putManifest: async (target, manifest) => {
      const isHit = writes >= at && writes < at + count
      writes++
      if (!isHit || fault === 'answer lost') await registry.putManifest(target, manifest)
      if (isHit) throw new PromotionError('REGISTRY_UNAVAILABLE', fault)
    }
  }
}

/** Lists the images that the tags of a rotation hold, TAG first. */
export function chainOf(registry: Pick<MemoryRegistry, 'manifests'>): (Manifest | undefined)[] {
  return ['nightly', 'nightly-1', 'nightly-2', 'nightly-3'].map(tag => registry.manifests.get(named(tag)))
}

function imageOf(version: string): Manifest {
  const annotations = {
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.created': '2026-01-01T00:00:00Z'
  }
  return manifestOf(image({ seed: version, annotations }))
}
