/** Builds requests for tests; what is not given has the action's default. */
import { type Target, asTarget, parseReference } from '../src/oci/reference.ts'
import type { Request } from '../src/promotion/request.ts'
import type { Source } from '../src/promotion/source.ts'
import { sourceOf } from './samples.ts'

/** Builds a request to promote one image. */
export function requestOf(
  source: string | Source,
  targets: readonly (string | Target)[],
  differing: Partial<Request> = {}
): Request {
  return setOf([[source, targets]], differing)
}

/** Builds a request to promote several images together. */
export function setOf(
  promotions: readonly (readonly [source: string | Source, targets: readonly (string | Target)[]])[],
  differing: Partial<Request> = {}
): Request {
  return {
    promotions: promotions.map(([source, targets]) => ({
      source: typeof source === 'string' ? sourceOf(source) : source,
      targets: targets.map(target => (typeof target === 'string' ? asTarget(parseReference(target)) : target))
    })),
    requirements: { platforms: [] },
    ifExists: [],
    keepPrevious: [],
    ifMissing: 'fail',
    referrers: true,
    ...differing
  }
}
