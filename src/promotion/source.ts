/** The source of a promotion: an image, or an index that is made of several. */
import { type Reference, type Repository, formatReference, isSameRepository } from '../oci/reference.ts'

/** The most parts of an index that is made here. */
export const MAXIMUM_PARTS = 100

/** An image that is in a registry. */
export interface ImageSource {
  readonly kind: 'image'
  readonly reference: Reference
}

/** An index that is made of images and indexes, its parts. */
export interface IndexSource {
  readonly kind: 'index'
  /** In the order given. */
  readonly parts: readonly [Reference, ...Reference[]]
  /** The order of the parts in the index: as they are given, or by the names of their platforms. */
  readonly order: 'given' | 'platform'
  /** The annotations of the index. */
  readonly annotations: Readonly<Record<string, string>>
}

/** What a promotion gives tags to. */
export type Source = ImageSource | IndexSource

/** Lists the images that have to be read for a source: itself, or the parts of the index. */
export function referencesOf(source: Source): readonly [Reference, ...Reference[]] {
  return source.kind === 'image' ? [source.reference] : source.parts
}

/** Names a source: by its full reference, an index by those of its parts, joined by ` + `. */
export function formatSource(source: Source): string {
  return referencesOf(source).map(formatReference).join(' + ')
}

/** Gives the repository of an image, or that of an index's first part. */
export function homeOf(source: Source): Repository {
  return referencesOf(source)[0].repository
}

/** Tells whether all that a source is made of is in one repository. */
export function isWithin(source: Source, repository: Repository): boolean {
  return referencesOf(source).every(reference => isSameRepository(reference.repository, repository))
}
