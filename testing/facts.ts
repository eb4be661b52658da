/** Builds the facts that tests of the plan need: images, and what tags point to, by name. */
import type { VersionMetadata } from '../src/oci/annotations.ts'
import type { PromotionError } from '../src/oci/errors.ts'
import type { Manifest } from '../src/oci/manifest.ts'
import { type Tag, formatReference, formatRepository, parseTag } from '../src/oci/reference.ts'
import { type Facts, metadataNeeds, needsOf } from '../src/promotion/facts.ts'
import { type Request, tagsOf } from '../src/promotion/request.ts'
import type { SourceState, TagState } from '../src/promotion/snapshot.ts'
import { targetOf } from './samples.ts'

/** What a test states. */
export interface World {
  /** The source of each promotion; a single one is used for all. */
  readonly sources: readonly (Manifest | SourceState)[]
  /** What tags point to, by their full names; other tags do not exist. */
  readonly tags?: Readonly<Record<string, Manifest | TagState>>
  /** Version metadata by the digest of the image; empty by default. */
  readonly metadata?: Readonly<Record<string, VersionMetadata | PromotionError>>
  /** The images to keep, by digest; one without an entry is gone. */
  readonly images?: readonly (Manifest | readonly [digest: string, PromotionError])[]
  readonly copies?: Facts['copies']
  /** The tags of every repository, or why they cannot be listed. */
  readonly published?: readonly string[] | PromotionError
}

/** Returns exactly the facts that a request needs. */
export function factsOf(request: Request, world: World): Facts {
  const { sources, tags = {}, metadata = {}, images = [], copies = [], published = [] } = world
  const snapshot = {
    sources: request.promotions.map((_, index) => sourceStateOf(sources[index] ?? sources[0])),
    tags: new Map(tagsOf(request).map(tag => [formatReference(tag), tagStateOf(tags[formatReference(tag)])]))
  }
  const needs = needsOf(request, snapshot)
  const known = new Map<string, Manifest | PromotionError>(
    images.map(each => ('bytes' in each ? [each.digest, each] : each))
  )
  const tagged = Array.isArray(published) ? (published as readonly string[]).map(parseTag) : published
  const lists = new Map(
    needs.published.map(
      repository => [formatRepository(repository), tagged as readonly Tag[] | PromotionError] as const
    )
  )
  return {
    snapshot,
    published: lists,
    metadata: new Map(
      metadataNeeds(request, snapshot, lists).map(
        image => [formatReference(image), metadata[image.digest] ?? {}] as const
      )
    ),
    kept: new Map(needs.kept.map(image => [formatReference(image), known.get(image.digest)] as const)),
    copies
  }
}

function sourceStateOf(source: Manifest | SourceState | undefined): SourceState {
  if (source === undefined) throw new Error('a promotion needs a source')
  if (!('bytes' in source)) return source
  return foundState(source)
}

/** Creates the state of an image that exists in `ghcr.io/acme/app`. */
export function foundState(manifest: Manifest): SourceState {
  const parts = [{ repository: targetOf('1').repository, manifest }]
  return { kind: 'found', image: { manifest, platforms: [] }, parts }
}

function tagStateOf(tag: Manifest | TagState | undefined): TagState {
  if (tag === undefined) return { kind: 'absent' }
  return 'bytes' in tag ? { kind: 'present', digest: tag.digest } : tag
}
