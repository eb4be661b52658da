/**
 * What happens to one target tag:
 *
 *     the tag now     if-exists     verdict
 *     absent          any           create
 *     = wanted        any           unchanged
 *     not readable    move          overwrite, if the registry refuses to tell and nothing of it is to be kept: some answer
 *                                   403 for a tag that does not exist; refuse otherwise
 *     not readable    any other     refuse: what cannot be judged is not written
 *     ≠ wanted        move          move, remembering the previous digest
 *     ≠ wanted        skip          keep
 *     ≠ wanted        fail          refuse
 *     ≠ wanted        forward       move when the wanted image is newer, keep when it is older, refuse when the two
 *                                   cannot be compared (version-metadata.ts)
 */
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import { type Manifest, isNamedBy } from '../oci/manifest.ts'
import { type Target, formatReference } from '../oci/reference.ts'
import type { Policy } from './request.ts'
import type { TagState } from './snapshot.ts'
import { judgeUnreadable } from './unreadable.ts'
import type { Comparison } from './version-metadata.ts'

/** The decision about one tag. `digest` is what the tag is to have, `previous` what it has. */
export type Verdict =
  | { readonly kind: 'create'; readonly digest: Digest }
  | {
      readonly kind: 'move'
      readonly digest: Digest
      readonly previous: Digest
      /** Why the image is newer; for `forward` alone. */
      readonly comparison?: Comparison
    }
  | {
      /** A move of a tag whose digest the registry does not tell. */
      readonly kind: 'overwrite'
      readonly digest: Digest
      readonly reason: string
    }
  | { readonly kind: 'unchanged'; readonly digest: Digest }
  | {
      readonly kind: 'keep'
      readonly previous: Digest
      readonly reason: string
      /** Why the image is older; for `forward` alone. */
      readonly comparison?: Comparison
    }
  | { readonly kind: 'skip'; readonly previous?: Digest | undefined; readonly reason: string }
  | { readonly kind: 'refuse'; readonly previous?: Digest; readonly error: PromotionError }

/** All that the decision about one target rests on. */
export interface Question {
  readonly target: Target
  readonly wanted: Pick<Manifest, 'bytes' | 'digest'>
  readonly now: TagState
  readonly policy: Policy
  /** Whether `keep-previous` keeps what the tag holds. */
  readonly isKept: boolean
  /** Compares the wanted image with the one that the tag holds; asked for `forward` alone. */
  readonly compare: (present: Digest) => Comparison | PromotionError
}

/** Decides what happens to a tag that is to point to an image. */
export function judge(question: Question): Verdict {
  const { now, wanted } = question
  switch (now.kind) {
    case 'absent':
      return { kind: 'create', digest: wanted.digest }
    case 'unreadable':
      return judgeUnreadable(now.error, { ...question, digest: wanted.digest })
    case 'present':
      return isNamedBy(wanted, now.digest)
        ? { kind: 'unchanged', digest: wanted.digest }
        : judgeContested(question, now.digest)
  }
}

function judgeContested(question: Question, previous: Digest): Verdict {
  const { policy } = question
  const { digest: wanted } = question.wanted
  switch (policy) {
    case 'move':
      return { kind: 'move', digest: wanted, previous }
    case 'skip':
      return { kind: 'keep', previous, reason: `kept: it already points to ${previous}` }
    case 'fail': {
      const message = `already points to ${previous}; if-exists: fail forbids moving it to ${wanted}`
      return refuse(question, previous, {
        message,
        advice:
          'Give the image another tag; or, if this tag is meant to be moved, set if-exists to move for it.'
      })
    }
    case 'forward':
      return judgeForward(question, previous)
  }
}

function judgeForward(question: Question, previous: Digest): Verdict {
  const { compare } = question
  const { digest: wanted } = question.wanted
  const comparison = compare(previous)
  if (comparison instanceof PromotionError) return { kind: 'refuse', previous, error: comparison }
  switch (comparison.kind) {
    case 'newer':
      return { kind: 'move', digest: wanted, previous, comparison }
    case 'older': {
      const reason = `kept at ${previous}: ${wanted} is older, because ${comparison.reason}`
      return { kind: 'keep', previous, reason, comparison }
    }
    case 'incomparable':
      return refuse(question, previous, {
        message: `points to ${previous}, and if-exists: forward cannot tell whether ${wanted} is newer: ${comparison.reason}`,
        advice:
          'Label the images with org.opencontainers.image.version and .created, as docker/metadata-action does; ' +
          'or move the tag once with if-exists: move.'
      })
  }
}

function refuse(
  { target }: Question,
  previous: Digest,
  { message, advice }: { message: string; advice: string }
): Verdict {
  const error = new PromotionError('TARGET_PROTECTED', `${formatReference(target)} ${message}`, { advice })
  return { kind: 'refuse', previous, error }
}
