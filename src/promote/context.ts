/** What writing tags needs. */
import type { Request } from '../promotion/request.ts'
import type { Readers } from './inspect.ts'
import type { Planner } from './planner.ts'
import type { Clock, RegistryReader, RegistryWriter } from './ports.ts'

/** The request, the facts, and the registry clients of a run. */
export interface TagContext extends Readers {
  readonly request: Request
  readonly planner: Planner
  readonly registry: RegistryReader & RegistryWriter
  readonly clock: Clock
  /** Aborted when the job is cancelled, with a `PromotionError` for its reason. */
  readonly signal: AbortSignal
}
