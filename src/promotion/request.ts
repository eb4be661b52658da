/** The request: what the user asked for, as values. */
import type { Digest } from '../oci/digest.ts'
import {
  type Reference,
  type Repository,
  type Target,
  formatReference,
  formatRepository,
  parseTag
} from '../oci/reference.ts'
import { type Rule, firstMatch } from './pattern.ts'
import type { Requirements } from './requirements.ts'
import type { Source } from './source.ts'

/** The most tags of one run, those that keep earlier images among them. */
export const MAXIMUM_TARGETS = 1000

/** What can be done with a tag that points to another image (input `if-exists`). */
export const policies = ['move', 'skip', 'fail', 'forward'] as const

/** One of {@link policies}. */
export type Policy = (typeof policies)[number]

/** One image and the tags it is to get. */
export interface Promotion {
  readonly source: Source
  /** In the order given. No target occurs twice in a request. */
  readonly targets: readonly Target[]
}

/** What the user asked for. All of its promotions succeed together, or nothing is written. */
export interface Request {
  /** At least one, in the order given. */
  readonly promotions: readonly Promotion[]
  /** What each source has to be. */
  readonly requirements: Requirements
  /** What may be done with a target that points to another image: the first rule that matches its tag counts; else `move`. */
  readonly ifExists: readonly Rule<Policy>[]
  /** How many earlier images a moved target leaves behind: the first rule that matches its tag counts; else none. */
  readonly keepPrevious: readonly Rule<number>[]
  /** What happens to a promotion whose source does not exist: the run fails, or its targets are skipped. */
  readonly ifMissing: 'fail' | 'skip'
  /** Whether a copy to another repository takes along what refers to the image. */
  readonly referrers: boolean
}

/** An image in a repository, by its digest. */
export interface Image extends Reference {
  readonly digest: Digest
}

/** Gives the policy for a target. */
export function policyFor({ ifExists }: Pick<Request, 'ifExists'>, { tag }: Target): Policy {
  return firstMatch(ifExists, tag) ?? 'move'
}

/** Names a tag of a rotation: TAG-1 is the newest. Throws `REFERENCE_INVALID` when the name is too long. */
export function previousTag({ repository, tag }: Target, number: number): Target {
  return { repository, tag: parseTag(`${tag}-${number.toString()}`) }
}

/** Lists the tags a target leaves its earlier images to when it moves: TAG-1, TAG-2 and so on. */
export function previousTags({ keepPrevious }: Pick<Request, 'keepPrevious'>, target: Target): Target[] {
  const count = firstMatch(keepPrevious, target.tag) ?? 0
  return Array.from({ length: count }, (_, older) => previousTag(target, older + 1))
}

/** Lists every tag that a request may write: each target, followed by its {@link previousTags}. */
export function tagsOf(request: Pick<Request, 'promotions' | 'keepPrevious'>): Target[] {
  return request.promotions.flatMap(({ targets }) =>
    targets.flatMap(target => [target, ...previousTags(request, target)])
  )
}

/** Keeps the first of each image. */
export function distinctImages(images: readonly Image[]): Image[] {
  return [...new Map(images.map(image => [formatReference(image), image])).values()]
}

/** Keeps the first of each repository. */
export function distinctRepositories(repositories: readonly Repository[]): Repository[] {
  return [...new Map(repositories.map(repository => [formatRepository(repository), repository])).values()]
}
