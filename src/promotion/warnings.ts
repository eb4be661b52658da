/** What the user should know of how a plan was decided. */
import { PromotionError } from '../oci/errors.ts'
import { type Target, formatReference } from '../oci/reference.ts'
import type { Facts } from './facts.ts'
import type { Verdict } from './policy.ts'

/** A tag and what was decided about it. */
interface Decided {
  readonly target: Target
  readonly verdict: Verdict
}

/** Lists the warnings about decisions, one sentence each. */
export function warningsOf(facts: Facts, steps: readonly Decided[]): string[] {
  return [...unreadLists(facts), ...decidedByCreation(steps), ...overwritten(steps)]
}

function unreadLists({ published }: Facts): string[] {
  return [...published].flatMap(([name, tags]) =>
    tags instanceof PromotionError
      ? `The published versions of ${name} cannot be read, so if-exists: forward was decided without them: ${tags.message}`
      : []
  )
}

function decidedByCreation(steps: readonly Decided[]): string[] {
  const names = steps.flatMap(({ target, verdict }) =>
    'comparison' in verdict && verdict.comparison.by === 'created' ? formatReference(target) : []
  )
  if (names.length === 0) return []
  return [
    `For ${names.join(', ')}, if-exists: forward was decided by when the images were created, which says little about their ` +
      'versions. Give the image its full version (1.4.0) as a tag in the same step, or label the images with ' +
      'org.opencontainers.image.version.'
  ]
}

function overwritten(steps: readonly Decided[]): string[] {
  const blind = steps.flatMap(({ target, verdict }) =>
    verdict.kind === 'overwrite' ? { name: formatReference(target), reason: verdict.reason } : []
  )
  const [first] = blind
  if (first === undefined) return []
  return [
    `The registry does not tell what ${blind.map(({ name }) => name).join(', ')} pointed to, so nothing can be put back there: ${first.reason}`
  ]
}
