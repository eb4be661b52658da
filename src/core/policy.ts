/**
 * What becomes of one target tag:
 *
 *     the tag now     verdict
 *     absent          create
 *     = wanted        unchanged
 *     ≠ wanted        move, remembering the previous digest
 *     not readable    refuse: what cannot be judged is not written
 */
import type { Digest } from './digest.ts'
import type { PromotionError } from './errors.ts'

/** What a target tag holds before the run. */
export type TagState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly digest: Digest }
  | { readonly kind: 'unreadable'; readonly error: PromotionError }

/** The decision about one target tag. */
export type Verdict =
  | { readonly kind: 'create' }
  | { readonly kind: 'move'; readonly previous: Digest }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refuse'; readonly error: PromotionError }

/** Decides what becomes of a tag that is to point to `wanted`. */
export function judge(wanted: Digest, now: TagState): Verdict {
  switch (now.kind) {
    case 'absent':
      return { kind: 'create' }
    case 'unreadable':
      return { kind: 'refuse', error: now.error }
    case 'present':
      return now.digest === wanted ? { kind: 'unchanged' } : { kind: 'move', previous: now.digest }
  }
}
