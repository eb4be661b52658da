/** Writes tags: carries out a plan, and reports what became of each target. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { formatReference } from '../oci/reference.ts'
import { type Plan, type Step, chainOf, isRefused } from '../promotion/plan.ts'
import { type TargetReport, expectation, failed, notAttempted, preview } from '../promotion/report.ts'
import { inParallel } from './in-parallel.ts'
import { observe } from './observe.ts'
import type { RegistryReader, RegistryWriter } from './ports.ts'
import { type Written, rollBack } from './roll-back.ts'

/** What becomes of tags that were moved before another write failed: they are put back, or left (input `on-failure`). */
export type OnFailure = 'restore' | 'leave'

/** How writing is to go when not all goes well. */
export interface TagOptions {
  readonly onFailure: OnFailure
  /** Aborted when the job is cancelled, with a `PromotionError` for its reason. */
  readonly signal: AbortSignal
}

/** A step, and what is known of it while the plan is carried out. */
interface Entry extends Written {
  readonly step: Step
}

/** What writing needs to know, and what it comes to know. */
interface Run {
  readonly manifests: Plan['manifests']
  readonly registry: RegistryReader & RegistryWriter
  readonly signal: AbortSignal
  /** Why no other write is begun; absent while all goes well. */
  stop?: string
  /** Resolves once every unconfirmed write has been looked at. */
  unconfirmed: Promise<void>
}

/**
 * Carries out a plan: first the tags that are new, of all images; then those that move, each after the tags that keep its earlier
 * images. A plan with a refusal writes nothing. After a failed write, or when the job is cancelled, no other is begun; those
 * under way are finished.
 */
export async function writeTags(
  plan: Plan,
  registry: RegistryReader & RegistryWriter,
  { onFailure, signal }: TagOptions
): Promise<TargetReport[]> {
  if (isRefused(plan)) return preview(plan)
  const run: Run = { manifests: plan.manifests, registry, signal, unconfirmed: Promise.resolve() }
  const chains = plan.steps.map(step =>
    chainOf(step).map((link): Entry => ({ step: link, report: expectation(link) }))
  )
  for (const kind of ['create', 'move'] as const) {
    const due = chains.filter(chain => chain.at(-1)?.step.verdict.kind === kind)
    await inParallel(due, chain => writeAll(chain, run))
  }
  if (run.stop !== undefined && onFailure === 'restore')
    await inParallel(chains, chain => rollBack(chain, registry))
  return chains.flatMap(chain => chain.toReversed().map(({ report }) => report))
}

async function writeAll(chain: readonly Entry[], run: Run): Promise<void> {
  for (const entry of chain) {
    await run.unconfirmed
    if (run.signal.aborted) run.stop ??= 'the job was cancelled'
    if (run.stop !== undefined) entry.report = notAttempted(entry.report, `not written, because ${run.stop}`)
    else await write(entry, run)
  }
}

async function write(entry: Entry, run: Run): Promise<void> {
  const { target, verdict } = entry.step
  if (verdict.kind !== 'create' && verdict.kind !== 'move') return
  const manifest = run.manifests.get(verdict.digest)
  if (manifest === undefined) throw new Error('a plan holds every manifest that it writes')
  try {
    await run.registry.putManifest(target, manifest)
  } catch (error) {
    run.unconfirmed = run.unconfirmed.then(() => resolve(entry, verdict.digest, { error, run }))
    await run.unconfirmed
  }
}

/** Resolves an unconfirmed write by reading the tag. */
async function resolve(
  entry: Entry,
  digest: Digest,
  { error, run }: { readonly error: unknown; readonly run: Run }
): Promise<void> {
  const { target } = entry.step
  const explained = during(`tagging ${formatReference(target)}`, error)
  if (!(explained instanceof PromotionError)) throw explained
  const now = await observe(target, run.registry)
  // The answer may have been lost, or another job have done the same; but a registry that changes manifests is not trusted.
  if (now?.digest === digest && explained.code !== 'DIGEST_MISMATCH') return
  entry.report = failed(entry.report, explained, now)
  run.stop ??= 'another write failed'
}
