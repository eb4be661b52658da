/**
 * Writes tags: carries out a plan, and reports each target's outcome. Other jobs may write the same tags (contract: *Other
 * jobs*): no tag is written on a look that is more than a second old, and what has changed is decided anew.
 */
import type { Digest } from '../oci/digest.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { formatReference } from '../oci/reference.ts'
import { TagChangedError } from '../oci/tag-changed.ts'
import { failed, notAttempted, preview } from '../promotion/outcome.ts'
import { type Plan, type Step, isRefused } from '../promotion/plan.ts'
import type { TargetReport } from '../promotion/report.ts'
import { tagsOf } from '../promotion/request.ts'
import { Chain } from './chain.ts'
import type { TagContext } from './context.ts'
import { inParallel } from './in-parallel.ts'
import { observe } from './observe.ts'
import { rollBack } from './roll-back.ts'
import { settle } from './settle.ts'

/** What happens to tags that were moved before another write failed: they are restored, or left (input `on-failure`). */
export type OnFailure = 'restore' | 'leave'

/**
 * Carries out a plan: first the tags that a registry does not let read, for it may deny their writes too; then those that are new,
 * of all images; then those that move, each after the tags that keep its earlier images. A plan with a refusal writes nothing.
 * After a failed write or a late refusal, or when the job is cancelled, no other is begun; those under way are finished. Tags that
 * must not be lost to another job are looked at once more at the end.
 */
export async function writeTags(
  planned: Plan,
  context: TagContext,
  onFailure: OnFailure
): Promise<TargetReport[]> {
  const { request, planner, tags } = context
  // After a copy, a wait or a slow registry the look is old: what changed since may be a refusal, and nothing is written yet.
  const plan = (await tags.refresh(tagsOf(request))) ? await planner.plan() : planned
  if (isRefused(plan)) return preview(plan)
  const chains = plan.steps.map(step => new Chain(step))
  const writer = new TagWriter(context)
  for (const kind of ['overwrite', 'create', 'move'] as const)
    await inParallel(chains, chain => writer.write(chain, kind))
  if (writer.stop !== undefined && onFailure === 'restore')
    await inParallel(chains, chain => rollBack(chain, context))
  else await settle(chains, context, chain => writer.write(chain, 'move'))
  return chains.flatMap(chain => chain.reports())
}

/** Which tags are written at a time. */
type Kind = 'overwrite' | 'create' | 'move'

/** Tells whether a chain is to be written among tags of a kind; among those that move, whatever is left. */
function isDue({ step }: Chain, kind: Kind): boolean {
  return kind === 'move' || step.verdict.kind === kind
}

/** Writes chains, and stops when one of them cannot be written. */
export class TagWriter {
  /** Why no other write is begun; undefined while all goes well. */
  stop: string | undefined
  readonly #context: TagContext
  /** Resolves once every unconfirmed write has been looked at. */
  #unconfirmed: Promise<void> = Promise.resolve()

  constructor(context: TagContext) {
    this.#context = context
  }

  /** Writes what is pending of a chain. Among the new tags, one that has turned out to exist is left for later. */
  async write(chain: Chain, kind: Kind): Promise<void> {
    for (let next = chain.pending[0]; next !== undefined && isDue(chain, kind); next = chain.pending[0]) {
      await this.#unconfirmed
      const isChanged = this.#mayWrite() && (await this.#isChanged(chain))
      if (!this.#mayWrite()) this.#giveUp(chain)
      else if (isChanged) await this.#decideAnew(chain)
      else await this.#writeNext(chain, next)
    }
  }

  /** Looks again at the tags of a chain whose last look is too old. */
  #isChanged(chain: Chain): Promise<boolean> {
    const { tags, planner } = this.#context
    return tags.refresh(planner.chainOf(chain.step.target))
  }

  async #decideAnew(chain: Chain): Promise<void> {
    chain.decide(await this.#context.planner.stepFor(chain.step.target))
    if (chain.isRefused) this.stop ??= 'another target was refused'
  }

  #mayWrite(): boolean {
    if (this.#context.signal.aborted) this.stop ??= 'the job was cancelled'
    return this.stop === undefined
  }

  #giveUp(chain: Chain): void {
    const reason = `not written, because ${this.stop ?? 'another write failed'}`
    for (const { target } of chain.pending) chain.report(notAttempted(chain.reportOf(target), reason))
    chain.pending = []
  }

  async #writeNext(chain: Chain, { target, verdict }: Step): Promise<void> {
    if (verdict.kind !== 'create' && verdict.kind !== 'move' && verdict.kind !== 'overwrite')
      throw new Error('only these are written')
    const { registry, planner, tags } = this.#context
    const previous = verdict.kind === 'move' ? verdict.previous : undefined
    const write = { target, digest: verdict.digest, previous }
    try {
      const isExpected = verdict.kind === 'overwrite' ? undefined : (now?: Digest) => now === previous
      await registry.putManifest(target, planner.manifestOf(verdict.digest), isExpected)
      tags.note(target, verdict.digest)
      chain.writes.push(write)
      chain.pending.shift()
    } catch (error) {
      if (error instanceof TagChangedError) {
        tags.note(target, error.found)
        await this.#decideAnew(chain)
      } else {
        this.#unconfirmed = this.#unconfirmed.then(() => this.#resolve(chain, write, error))
        await this.#unconfirmed
      }
    }
  }

  /** Resolves an unconfirmed write by reading the tag. */
  async #resolve(chain: Chain, write: Chain['writes'][number], error: unknown): Promise<void> {
    const { target, digest } = write
    const explained = during(`tagging ${formatReference(target)}`, error)
    if (!(explained instanceof PromotionError)) throw explained
    const { registry, planner, tags } = this.#context
    const now = await observe(target, registry)
    if (now !== undefined) tags.note(target, now.digest)
    // It may be done: only what is known to be another image is certainly not this write's.
    const isDone = planner.isSame(digest, now?.digest)
    if (now === undefined || isDone) chain.writes.push(write)
    chain.pending.shift()
    // The answer may have been lost, or another job have done the same; but a registry that changes manifests is not trusted.
    if (isDone && explained.code !== 'DIGEST_MISMATCH') return
    chain.report(failed(chain.reportOf(target), explained, now))
    this.stop ??= 'another write failed'
    this.#giveUp(chain)
  }
}
