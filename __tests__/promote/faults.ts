/** What properties are about: tags with a history, a request about them, and a registry that fails where a test says so. */
import fc from 'fast-check'
import { PromotionError } from '../../src/oci/errors.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { makeIndex } from '../../src/oci/make-index.ts'
import { formatReference, parseReference } from '../../src/oci/reference.ts'
import type { Request } from '../../src/promotion/request.ts'
import { type Source, formatSource } from '../../src/promotion/source.ts'
import { image, indexOf } from '../../testing/images.ts'
import { setOf } from '../../testing/requests.ts'
import { indexSourceOf, manifestOf, sourceOf, targetOf } from '../../testing/samples.ts'
import { type MemoryRegistry, memoryRegistry } from './memory-registry.ts'

/** The first image that is promoted. */
export const sourceImage = imageOf('1.5.0')

/** Two parts and the index that is made of them. */
const parts = {
  amd64: manifestOf(indexOf([image({ seed: 'amd64' })])),
  arm64: manifestOf(indexOf([image({ seed: 'arm64', platform: 'linux/arm64' })]))
}
const partsSource = indexSourceOf(['two.example/web:amd64', 'two.example/web:arm64'], {
  annotations: {
    'org.opencontainers.image.version': '1.5.0',
    'org.opencontainers.image.created': '2026-01-01T00:00:00Z'
  }
})
const madeIndex = makeIndex(
  Object.entries(parts).map(([tag, manifest]) => ({
    reference: parseReference(`two.example/web:${tag}`),
    manifest
  })),
  partsSource
)

/** What is promoted, each with tags of its own: two images in one repository, an image and an index in another registry. */
const places = [
  {
    repository: 'ghcr.io/acme/app',
    source: 'source',
    image: sourceImage,
    tags: ['a', 'b', 'c', 'nightly']
  },
  { repository: 'ghcr.io/acme/app', source: 'other', image: imageOf('1.5.0', 'other'), tags: ['d', 'e'] },
  {
    repository: 'two.example/web',
    source: 'source',
    image: imageOf('1.5.0', 'web'),
    tags: ['a', 'b', 'nightly']
  },
  { repository: 'two.example/web', source: 'amd64', image: madeIndex, tags: ['f', 'g'] }
]

const earlier = ['1.4.0', '1.6.0', '2.0.0-rc.1', 'main'].map(version => imageOf(version))

/** What tags hold, by name. */
export type Content = Readonly<Record<string, Manifest>>

/** Names a tag of the first image in full. */
export function named(tag: string): string {
  return formatReference(targetOf(tag))
}

const held = places.flatMap(({ repository, tags, image: own }) => {
  const kept = tags.includes('nightly') ? ['nightly-1', 'nightly-2', 'nightly-3'] : []
  return [...tags, ...kept].map(tag =>
    fc
      .option(fc.constantFrom(own, ...earlier))
      .map(manifest => (manifest === null ? [] : [[`${repository}:${tag}`, manifest] as const]))
  )
})

/** Generates what tags hold before a run: every source is there, of all others any may be missing. */
export const contents: fc.Arbitrary<Content> = fc
  .tuple(...held)
  .map(tags =>
    shownShort([
      ...tags.flat(),
      ...places
        .filter(({ image: own }) => own !== madeIndex)
        .map(({ repository, source, image: own }) => [`${repository}:${source}`, own] as const),
      ...Object.entries(parts).map(([tag, part]) => [`two.example/web:${tag}`, part] as const)
    ])
  )

/** Makes a content that a failed property shows in one line for each tag. */
function shownShort(entries: readonly (readonly [string, Manifest])[]): Content {
  const shown = entries.map(([name, { digest }]) => `${name} ${digest}`).join('\n')
  return Object.defineProperty(Object.fromEntries(entries), fc.toStringMethod, {
    value: () => `\n${shown}\n`
  })
}

const rule = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<{ pattern: string; value: T }> =>
  fc.record({ pattern: fc.constantFrom('*', 'a', '?', 'n*'), value: values })

/** A source and any of its targets; one source in eight does not exist. */
const promotionOf = ({
  repository,
  source,
  image: own,
  tags
}: (typeof places)[number]): fc.Arbitrary<readonly [Source, string[]]> =>
  fc
    .tuple(
      fc.oneof({ arbitrary: fc.constant(source), weight: 7 }, fc.constant('absent')),
      fc.shuffledSubarray(tags, { minLength: 1 })
    )
    .map(([name, targets]) => [
      own === madeIndex
        ? {
            ...partsSource,
            parts: [parseReference(`${repository}:${name}`), partsSource.parts[1] ?? partsSource.parts[0]]
          }
        : sourceOf(`${repository}:${name}`),
      targets.map(tag => `${repository}:${tag}`)
    ])

/** Generates requests about these tags: any set of images, targets, policies and numbers of predecessors. */
export const requests: fc.Arbitrary<Request> = fc
  .record({
    promotions: fc
      .shuffledSubarray(places, { minLength: 1 })
      .chain(chosen => fc.tuple(...chosen.map(promotionOf))),
    ifExists: fc.array(rule(fc.constantFrom('move', 'skip', 'fail', 'forward')), { maxLength: 2 }),
    keepPrevious: fc.constantFrom([], [{ pattern: 'nightly', value: 2 }], [{ pattern: '*', value: 3 }]),
    ifMissing: fc.constantFrom('fail', 'skip')
  })
  .map(({ promotions, ...rules }) => setOf(promotions, rules))

/** Gives the image that a source is to be, with all that a registry holds before the run. */
export function wantedOf(source: Source, content: Content): Manifest | undefined {
  return source.kind === 'index' ? madeIndex : content[formatSource(source)]
}

/** How a request fails: a write before it is done, or after, when only the answer is lost; a read. */
export type Fault = 'refused' | 'answer lost' | 'unread'

/** Which requests fail: the `at`-th and later writes, or reads, `count` of them. */
export interface Failing {
  readonly at: number
  readonly count: number
  readonly fault: Fault
}

/** Makes a registry whose requests fail so. */
export function failingRegistry(content: Content, { at, count, fault }: Failing): MemoryRegistry {
  let seen = 0
  const isHit = (): boolean => {
    const number = seen++
    return number >= at && number < at + count
  }
  const error = new PromotionError('REGISTRY_UNAVAILABLE', fault)
  const isWrite = (call: string): boolean => call.startsWith('put')
  const registry = memoryRegistry(content, call =>
    fault === 'unread' && !isWrite(call) && isHit() ? Promise.reject(error) : Promise.resolve()
  )
  return {
    ...registry,
    putManifest: async (target, manifest) => {
      const fails = fault !== 'unread' && isHit()
      if (!fails || fault === 'answer lost') await registry.putManifest(target, manifest)
      if (fails) throw error
    }
  }
}

/** Lists the images that the tags of a rotation hold, TAG first. */
export function chainOf(registry: Pick<MemoryRegistry, 'manifests'>): (Manifest | undefined)[] {
  return ['nightly', 'nightly-1', 'nightly-2', 'nightly-3'].map(tag => registry.manifests.get(named(tag)))
}

function imageOf(version: string, seed = version): Manifest {
  const annotations = {
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.created': '2026-01-01T00:00:00Z'
  }
  return manifestOf(image({ seed, annotations }))
}
