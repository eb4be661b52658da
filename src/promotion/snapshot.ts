/** The snapshot: what the registries hold before anything is written. */
import { type Digest, isDigest } from '../oci/digest.ts'
import type { PromotionError } from '../oci/errors.ts'
import { type Manifest, imagesOf } from '../oci/manifest.ts'
import { type Repository, type Target, formatReference } from '../oci/reference.ts'

/** An image that was read and meets the requirements. */
export interface SourceImage {
  readonly manifest: Manifest
  /** Its platforms, as `os/architecture[/variant]`: of an index all, of a single image where its config was read. */
  readonly platforms: readonly string[]
}

/** A manifest, and a repository that has it with everything below it. */
export interface Part {
  readonly repository: Repository
  readonly manifest: Manifest
}

/** What a tag holds. */
export type TagState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly digest: Digest }
  | { readonly kind: 'unreadable'; readonly error: PromotionError }

/** What every tag of a request holds, by its full name. */
export type TagStates = ReadonlyMap<string, TagState>

/** A source that is there. */
export interface FoundSource {
  readonly kind: 'found'
  readonly image: SourceImage
  /** Where all of it is: itself, or the parts of an index that was made here, which is in no repository yet. */
  readonly parts: readonly Part[]
}

/** The source of a promotion: there, or (where `if-missing` allows it) not. */
export type SourceState = FoundSource | { readonly kind: 'missing'; readonly error: PromotionError }

/** What the registries hold. */
export interface Snapshot {
  /** The source of each promotion, in the order of the request. */
  readonly sources: readonly SourceState[]
  readonly tags: TagStates
}

/** Gives the state of a tag. Throws where nobody has looked at it: that is a bug. */
export function stateOf(tags: TagStates, target: Target): TagState {
  const state = tags.get(formatReference(target))
  if (state === undefined) throw new Error(`${formatReference(target)} has not been read`)
  return state
}

/** Gives the digest that a tag holds; undefined for what does not exist or cannot be read. Throws as {@link stateOf} does. */
export function heldDigest(tags: TagStates, target: Target): Digest | undefined {
  const state = stateOf(tags, target)
  return state.kind === 'present' ? state.digest : undefined
}

/** Gives the digest of each platform's manifest, as far as the image itself tells. */
export function platformDigests({ manifest, platforms }: SourceImage): Readonly<Record<string, Digest>> {
  const children = imagesOf(manifest).flatMap(({ platform, digest }) =>
    typeof digest === 'string' && isDigest(digest) ? [[platform, digest] as const] : []
  )
  const own = manifest.kind === 'image' ? platforms.map(platform => [platform, manifest.digest] as const) : []
  return Object.fromEntries([...children, ...own])
}
