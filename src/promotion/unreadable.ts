/** Decides about a tag that cannot be read. Artifactory answers 403 for a tag that does not exist. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'

/** What is wanted of a tag. */
export interface WantedTag {
  readonly digest: Digest
  /** The word of `if-exists`. */
  readonly policy: string
  /** Whether `keep-previous` keeps what the tag holds. */
  readonly isKept: boolean
}

// A registry that denies the read may still take the write. Any other failure says nothing of the kind.
const DENIED = 'DENIED'

/** Tells whether a tag that cannot be read is written nonetheless. */
export function isOverwritten(
  { code }: PromotionError,
  { policy, isKept }: Omit<WantedTag, 'digest'>
): boolean {
  return policy === 'move' && !isKept && code === DENIED
}

/** Decides about a tag that cannot be read, because of an error. */
export function judgeUnreadable(
  error: PromotionError,
  wanted: WantedTag
):
  | { readonly kind: 'overwrite'; readonly digest: Digest; readonly reason: string }
  | { readonly kind: 'refuse'; readonly error: PromotionError } {
  const { digest, policy, isKept } = wanted
  if (isOverwritten(error, wanted))
    return {
      kind: 'overwrite',
      digest,
      reason: `written without knowing what it pointed to: ${error.message}`
    }
  if (error.code !== DENIED) return { kind: 'refuse', error }
  const needed = isKept ? 'keep-previous cannot keep' : `if-exists: ${policy} cannot judge`
  const message = `${needed} what cannot be read: ${error.message}`
  const advice =
    `Give the login the right to pull: without it, some registries answer 403 for a tag that does not exist. Or set ` +
    `${isKept ? 'keep-previous to 0 and if-exists' : 'if-exists'} to move for this tag, which needs no reading. ${error.advice}`
  return { kind: 'refuse', error: new PromotionError(error.code, message, { advice, cause: error }) }
}
