/**
 * What becomes of one target tag:
 *
 *     the tag now     if-exists     verdict
 *     absent          any           create
 *     = wanted        any           unchanged
 *     not readable    any           refuse: what cannot be judged is not written
 *     ≠ wanted        move          move, remembering the previous digest
 *     ≠ wanted        skip          keep
 *     ≠ wanted        fail          refuse
 *     ≠ wanted        forward       move when the wanted image is newer, keep when it is older, refuse when the two
 *                                   cannot be compared (edition.ts)
 */
import type { Digest } from '../oci/digest.ts'
import type { Edition } from '../oci/annotations.ts'
import { type Comparison, compareEditions } from './version-metadata.ts'
import { PromotionError } from '../oci/errors.ts'
import { type Target, formatReference } from '../oci/reference.ts'

/** What can be done with a tag that points to another image (input `if-exists`). */
export const policies = ['move', 'skip', 'fail', 'forward'] as const

/** One of {@link policies}. */
export type Policy = (typeof policies)[number]

/** What a target tag holds before the run. */
export type TagState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly digest: Digest }
  | { readonly kind: 'unreadable'; readonly error: PromotionError }

/** What images say of themselves, as far as it was asked for; an error where that could not be read. */
export type Editions = ReadonlyMap<Digest, Edition | PromotionError>

/** The decision about one target tag. */
export type Verdict =
  | { readonly kind: 'create' }
  | { readonly kind: 'move'; readonly previous: Digest }
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'keep'
      readonly previous: Digest
      readonly by: 'skip' | 'forward'
      readonly reason: string
    }
  | { readonly kind: 'refuse'; readonly previous?: Digest; readonly error: PromotionError }

/** All that the decision about one target rests on. */
export interface Case {
  readonly target: Target
  readonly wanted: Digest
  readonly now: TagState
  readonly policy: Policy
  readonly editions: Editions
}

/** Decides what becomes of a tag that is to point to an image. */
export function judge({ now, ...rest }: Case): Verdict {
  switch (now.kind) {
    case 'absent':
      return { kind: 'create' }
    case 'unreadable':
      return { kind: 'refuse', error: now.error }
    case 'present':
      return now.digest === rest.wanted
        ? { kind: 'unchanged' }
        : judgeOther({ ...rest, previous: now.digest })
  }
}

type OtherCase = Omit<Case, 'now'> & { readonly previous: Digest }

function judgeOther(question: OtherCase): Verdict {
  const { previous, policy } = question
  switch (policy) {
    case 'move':
      return { kind: 'move', previous }
    case 'skip':
      return { kind: 'keep', previous, by: 'skip', reason: `kept as it is: it points to ${previous} already` }
    case 'fail':
      return refuse(question, {
        reason: 'it must not be moved',
        advice:
          'if-exists says fail for this tag. Give the image another tag; or, if the tag is to be moved after all, say move for it.'
      })
    case 'forward':
      return judgeForward(question)
  }
}

function judgeForward(question: OtherCase): Verdict {
  const { previous, wanted, editions } = question
  const mine = editions.get(wanted) ?? {}
  const theirs = editions.get(previous) ?? {}
  if (mine instanceof PromotionError) return { kind: 'refuse', previous, error: mine }
  if (theirs instanceof PromotionError) return { kind: 'refuse', previous, error: theirs }
  return byComparison(compareEditions(mine, theirs), question)
}

function byComparison(comparison: Comparison, question: OtherCase): Verdict {
  const { previous, wanted } = question
  switch (comparison.kind) {
    case 'newer':
      return { kind: 'move', previous }
    case 'older':
      return {
        kind: 'keep',
        previous,
        by: 'forward',
        reason: `kept at ${previous}, because ${wanted} is older: ${comparison.reason}`
      }
    case 'incomparable':
      return refuse(question, {
        reason: comparison.reason,
        advice:
          'if-exists says forward for this tag, which must not go backwards. Label the images (docker/metadata-action does) with ' +
          'org.opencontainers.image.version and .created; or move the tag once with if-exists: move.'
      })
  }
}

function refuse(
  { target, previous, wanted }: OtherCase,
  { reason, advice }: { reason: string; advice: string }
): Verdict {
  const message = `${formatReference(target)} points to ${previous} and was to get ${wanted}: ${reason}`
  return { kind: 'refuse', previous, error: new PromotionError('TARGET_PROTECTED', message, { advice }) }
}
