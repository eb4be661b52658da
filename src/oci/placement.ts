/** Blobs on their way from one repository to another. */
import type { Descriptor } from './descriptor.ts'
import type { Repository } from './reference.ts'

/** A blob, where it is and where it is to be. */
export interface Placement {
  readonly from: Repository
  readonly to: Repository
  readonly blob: Descriptor
  /** Whether the target is known to lack it, whatever the registry says when it is asked. */
  readonly isMissing?: boolean
}

/** How a blob came to be in a repository: linked by the registry, sent, or there before. */
export type Placed = 'mounted' | 'copied' | 'present'
