/**
 * The facts: what a plan rests on beyond the snapshot. {@link needsOf} tells what this request has to have read; the plan throws
 * where one of them is missing.
 */
import type { VersionMetadata } from '../oci/annotations.ts'
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import { type Manifest, isNamedBy } from '../oci/manifest.ts'
import {
  type Repository,
  type Tag,
  type Target,
  formatRepository,
  isSameRepository
} from '../oci/reference.ts'
import type { Copy, Destination } from './copy.ts'
import { comparePublished, isFullVersion } from './published.ts'
import {
  type Image,
  type Promotion,
  type Request,
  distinctImages,
  distinctRepositories,
  policyFor,
  previousTags
} from './request.ts'
import { rotate } from './rotation.ts'
import { type Snapshot, type TagStates, heldDigest, stateOf } from './snapshot.ts'
import { homeOf, isWithin } from './source.ts'
import { isOverwritten } from './unreadable.ts'
import type { Comparison } from './version-metadata.ts'

/** What has to be read before a request can be planned; {@link metadataNeeds} tells what else, once that is known. */
export interface Needs {
  /** The repositories whose tags tell which versions are published, each once. */
  readonly published: readonly Repository[]
  /** The images that a rotation writes again under another tag, each once. */
  readonly kept: readonly Image[]
}

/** The tags of repositories, by the repositories' full names; an error if they could not be listed. */
export type PublishedTags = ReadonlyMap<string, readonly Tag[] | PromotionError>

/** Everything that a plan is made from; an error for what could not be read. */
export interface Facts {
  readonly snapshot: Snapshot
  readonly published: PublishedTags
  /** By the full name of the image. Empty metadata for an image that is gone. */
  readonly metadata: ReadonlyMap<string, VersionMetadata | PromotionError>
  /** By the full name of the image; undefined for one that is gone. */
  readonly kept: ReadonlyMap<string, Manifest | PromotionError | undefined>
  /** What each repository lacks, by its full name, by the index of the promotion. */
  readonly copies: readonly ReadonlyMap<string, Copy | PromotionError>[]
}

/** A target that points to another image than the one it is to get. */
interface Contested {
  readonly promotion: Promotion
  readonly target: Target
  readonly image: Manifest
  readonly wanted: Digest
  readonly present: Digest
}

/** Tells what has to be read for a request. */
export function needsOf(request: Request, snapshot: Snapshot): Needs {
  const contested = contestedTargets(request, snapshot)
  const movable = contested.filter(({ target }) => ['move', 'forward'].includes(policyFor(request, target)))
  return {
    published: distinctRepositories(
      forwardTargets(request, snapshot)
        .filter(({ target, wanted }) => givenTags(request, snapshot, { target, wanted }).some(isFullVersion))
        .map(({ target }) => target.repository)
    ),
    kept: distinctImages(
      movable.flatMap(({ target, image }) =>
        rotate(image, historyOf(request, snapshot.tags, target)).map(({ digest }) => ({
          repository: target.repository,
          digest
        }))
      )
    )
  }
}

/** Lists the images whose version metadata decides about a `forward` target, because published versions cannot tell; each once. */
export function metadataNeeds(request: Request, snapshot: Snapshot, published: PublishedTags): Image[] {
  const undecided = forwardTargets(request, snapshot).filter(
    contested => byPublished(request, snapshot, { ...contested, published }) === undefined
  )
  return distinctImages(
    undecided.flatMap(({ promotion, target: { repository }, wanted, present }) => [
      { repository: homeOf(promotion.source), digest: wanted },
      { repository, digest: present }
    ])
  )
}

/** A target, and the image it is to get. */
export interface Wanted {
  readonly target: Target
  readonly wanted: Digest
}

/** Compares by the versions that the target's repository has published; undefined where these cannot tell. */
export function byPublished(
  request: Request,
  snapshot: Snapshot,
  { target, wanted, published }: Wanted & { readonly published: PublishedTags }
): Comparison | undefined {
  const given = givenTags(request, snapshot, { target, wanted })
  if (!given.some(isFullVersion)) return undefined
  const tags = factOf(published, formatRepository(target.repository))
  return tags instanceof PromotionError ? undefined : comparePublished(target.tag, given, tags)
}

/** Lists the tags that a request gives an image in the repository of a target. */
function givenTags({ promotions }: Request, { sources }: Snapshot, { target, wanted }: Wanted): Tag[] {
  return promotions.flatMap(({ targets }, index) => {
    const source = sources[index]
    if (source?.kind !== 'found' || source.image.manifest.digest !== wanted) return []
    return targets
      .filter(({ repository }) => isSameRepository(repository, target.repository))
      .map(({ tag }) => tag)
  })
}

/** Lists what a target and its {@link previousTags} hold, undefined for what does not exist or cannot be read. */
export function historyOf(request: Request, tags: TagStates, target: Target): (Digest | undefined)[] {
  return [target, ...previousTags(request, target)].map(tag => heldDigest(tags, tag))
}

/**
 * Lists for each promotion the repositories that its image has to be copied to, each once. None where the source is missing, or
 * where the request is refused whatever else is read.
 */
export function destinationsOf(request: Request, snapshot: Snapshot): Destination[][] {
  const isRefused = isSurelyRefused(request, snapshot)
  return request.promotions.map((promotion, index) => {
    const source = snapshot.sources[index]
    if (source?.kind !== 'found' || isRefused) return []
    const { manifest } = source.image
    const isKept = (target: Target): boolean => {
      const digest = heldDigest(snapshot.tags, target)
      return digest !== undefined && !isNamedBy(manifest, digest) && policyFor(request, target) === 'skip'
    }
    const targets = promotion.targets.filter(target => !isKept(target))
    const right = targets.filter(target => heldDigest(snapshot.tags, target) === manifest.digest)
    const withImage = new Set(right.map(({ repository }) => formatRepository(repository)))
    return distinctRepositories(targets.map(({ repository }) => repository))
      .filter(repository => !isWithin(promotion.source, repository))
      .map(repository => ({ repository, hasImage: withImage.has(formatRepository(repository)) }))
  })
}

/** Tells whether some target is refused by what its tag holds alone. */
function isSurelyRefused(request: Request, snapshot: Snapshot): boolean {
  const isUnreadable = ({ targets }: Promotion): boolean =>
    targets.some(target => {
      const state = stateOf(snapshot.tags, target)
      const isKept = previousTags(request, target).length > 0
      return (
        state.kind === 'unreadable' &&
        !isOverwritten(state.error, { policy: policyFor(request, target), isKept })
      )
    })
  return (
    contestedTargets(request, snapshot).some(({ target }) => policyFor(request, target) === 'fail') ||
    request.promotions.some(
      (promotion, index) => snapshot.sources[index]?.kind === 'found' && isUnreadable(promotion)
    )
  )
}

function forwardTargets(request: Request, snapshot: Snapshot): Contested[] {
  return contestedTargets(request, snapshot).filter(({ target }) => policyFor(request, target) === 'forward')
}

function contestedTargets({ promotions }: Request, { sources, tags }: Snapshot): Contested[] {
  return promotions.flatMap((promotion, index) => {
    const source = sources[index]
    if (source?.kind !== 'found') return []
    const { manifest } = source.image
    return promotion.targets.flatMap(target => {
      const now = stateOf(tags, target)
      return now.kind === 'present' && !isNamedBy(manifest, now.digest)
        ? [{ promotion, target, image: manifest, wanted: manifest.digest, present: now.digest }]
        : []
    })
  })
}

/** Gives a fact. Throws where it was not read: that is a bug. */
export function factOf<T>(facts: ReadonlyMap<string, T>, name: string): T {
  if (!facts.has(name)) throw new Error(`${name} has not been read`)
  return facts.get(name) as T
}

/** Gives what a repository lacks of the image of a promotion; undefined where nothing has to be copied there. */
export function copyTo(
  facts: Facts,
  index: number,
  repository: Repository
): Copy | PromotionError | undefined {
  return facts.copies[index]?.get(formatRepository(repository))
}
