/** An upload that is not repeated, because its tag changed in the meantime. */
import type { Digest } from './digest.ts'

/** Ends an upload whose tag holds something else by now than its caller expects. */
export class TagChangedError extends Error {
  override readonly name = 'TagChangedError'
  /** What the tag holds; undefined where it does not exist. */
  readonly found: Digest | undefined

  constructor(found: Digest | undefined) {
    super(`the tag now holds ${found ?? 'nothing'}`)
    this.found = found
  }
}
