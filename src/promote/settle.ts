/**
 * Settles: looks once more at tags that must not be lost to another job, two seconds after they were written (contract: *Other
 * jobs*).
 *
 *     if-exists          the tag holds another image by then    then
 *     forward            an older one                           written again, at most three times
 *     forward            a newer one, or none                   superseded
 *     fail               any                                    superseded, and the step fails
 *     skip, a rotation   any                                    superseded
 */
import { PromotionError } from '../oci/errors.ts'
import { formatReference } from '../oci/reference.ts'
import { failed, superseded } from '../promotion/outcome.ts'
import { policyFor } from '../promotion/request.ts'
import { type Chain, type Write } from './chain.ts'
import type { TagContext } from './context.ts'
import { inParallel } from './in-parallel.ts'

/** How long after the last write tags are looked at once more, in milliseconds. */
const SETTLE_DELAY = 2000

/** How often a tag under `forward` is corrected. */
const MAXIMUM_CORRECTIONS = 3

/** Looks at the tags that were written, reports what other jobs have done to them, and writes again where the policy says so. */
export async function settle(
  chains: readonly Chain[],
  context: TagContext,
  write: (chain: Chain) => Promise<void>
): Promise<void> {
  let watched = chains.filter(chain => chain.writes.length > 0 && isWatched(chain, context))
  for (let corrections = 0; watched.length > 0; corrections++) {
    if (!(await waitToSettle(context))) return
    await context.tags.read(watched.flatMap(({ step }) => context.planner.chainOf(step.target)))
    const isLast = corrections === MAXIMUM_CORRECTIONS
    const results = await inParallel(watched, chain => judge(chain, context, isLast))
    watched = watched.filter((_, index) => results[index] === 'write')
    await inParallel(watched, write)
  }
}

async function waitToSettle({ clock, signal }: TagContext): Promise<boolean> {
  // A job that is cancelled has written all that was to be written; its wait ends at once.
  if (!signal.aborted) await clock.sleep(SETTLE_DELAY).catch(() => undefined)
  return !signal.aborted
}

function isWatched(chain: Chain, { request, planner }: TagContext): boolean {
  const { target } = chain.step
  return policyFor(request, target) !== 'move' || planner.chainOf(target).length > 1
}

/** Decides what happens to a chain that was looked at: `write` where its target is to be written again. */
async function judge(chain: Chain, context: TagContext, isLast: boolean): Promise<'write' | 'done'> {
  const { request, planner, tags } = context
  const { target } = chain.step
  const changed = lastWrites(chain).filter(
    write => !planner.isSame(write.digest, tags.digestOf(write.target))
  )
  if (changed.length === 0) return 'done'
  const policy = policyFor(request, target)
  let isOlder = false
  if (
    policy === 'forward' &&
    planner.chainOf(target).length === 1 &&
    tags.stateOf(target).kind === 'present'
  ) {
    const step = await planner.stepFor(target)
    isOlder = step.verdict.kind === 'move'
    if (isOlder && !isLast) {
      chain.decide(step)
      return 'write'
    }
  }
  report(chain, changed, { context, ...((isOlder || policy === 'fail') && { error: contested(chain) }) })
  return 'done'
}

/** The last write to each tag of a chain. */
function lastWrites(chain: Chain): Write[] {
  return [...new Map(chain.writes.map(write => [formatReference(write.target), write])).values()]
}

function report(
  chain: Chain,
  changed: readonly Write[],
  { context: { tags, planner }, error }: { readonly context: TagContext; readonly error?: PromotionError }
): void {
  const rotation = planner.chainOf(chain.step.target)
  const held = rotation.map(target => tags.digestOf(target))
  for (const { target, digest } of changed) {
    const state = tags.stateOf(target)
    const known = chain.reportOf(target)
    if (state.kind === 'unreadable') {
      if (error !== undefined) chain.report(failed(known, state.error, undefined))
      continue
    }
    const isLost = rotation.length > 1 && !held.some(found => planner.isSame(digest, found))
    const also = isLost ? `; no tag of the rotation holds ${digest} now` : ''
    chain.report(
      superseded(known, tags.digestOf(target), { also, ...(error && known.keeps === undefined && { error }) })
    )
  }
}

function contested(chain: Chain): PromotionError {
  const name = formatReference(chain.step.target)
  return new PromotionError(
    'TARGET_PROTECTED',
    `${name} was written by this run, and by another job after it`,
    {
      advice:
        'Two jobs write this tag at the same time. Find out which image it is to have, and let one job alone write it.'
    }
  )
}
