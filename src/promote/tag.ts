/** Writes: carries out a plan, and tells what became of each target. */
import { PromotionError, during } from '../oci/errors.ts'
import { type Plan, type Step, chainOf, isRefused } from '../promotion/plan.ts'
import { formatReference } from '../oci/reference.ts'
import { type TargetReport, expectation, failed, notAttempted, preview } from '../promotion/report.ts'
import { inParallel } from './in-parallel.ts'
import { lookUp } from './look-up.ts'
import type { RegistryReader, RegistryWriter } from './ports.ts'
import { type Written, putBack } from './roll-back.ts'

/** What becomes of tags that were moved before another write failed: they are put back, or left (input `on-failure`). */
export type OnFailure = 'restore' | 'leave'

/** How writing ends before its time. */
export interface Ending {
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
  /** Has come to its end when it is known of every write whether it was done. */
  doubt: Promise<void>
}

/**
 * Carries out a plan: first the tags that are new, then those that move, each after the tags that keep its earlier images. A plan
 * with a refusal writes nothing. After a failed write, or when the job is cancelled, no other is begun; those under way come
 * to their end.
 */
export async function apply(
  intended: Plan,
  registry: RegistryReader & RegistryWriter,
  { onFailure, signal }: Ending
): Promise<TargetReport[]> {
  if (isRefused(intended)) return preview(intended)
  const run: Run = { manifests: intended.manifests, registry, signal, doubt: Promise.resolve() }
  const chains = intended.steps.map(step =>
    chainOf(step).map((link): Entry => ({ step: link, report: expectation(link) }))
  )
  for (const kind of ['create', 'move'] as const) {
    const due = chains.filter(chain => chain.at(-1)?.step.verdict.kind === kind)
    await inParallel(due, chain => writeAll(chain, run))
  }
  if (run.stop !== undefined && onFailure === 'restore')
    await inParallel(chains, chain => putBack(chain, registry))
  return chains.flatMap(chain => chain.toReversed().map(({ report }) => report))
}

async function writeAll(chain: readonly Entry[], run: Run): Promise<void> {
  for (const entry of chain) {
    await run.doubt
    if (run.signal.aborted) run.stop ??= 'the job was cancelled'
    if (run.stop !== undefined) entry.report = notAttempted(entry.report, `not written, because ${run.stop}`)
    else await write(entry, run)
  }
}

async function write(entry: Entry, run: Run): Promise<void> {
  const { target, digest } = entry.step
  const manifest = run.manifests.get(digest)
  if (manifest === undefined) throw new Error('a plan holds every manifest that it writes')
  try {
    await run.registry.putManifest(target, manifest)
  } catch (error) {
    run.doubt = run.doubt.then(() => settle(entry, error, run))
    await run.doubt
  }
}

/** Finds out what became of a write of which the registry did not say that it was done. */
async function settle(entry: Entry, error: unknown, run: Run): Promise<void> {
  const { target, digest } = entry.step
  const explained = during(`tagging ${formatReference(target)}`, error)
  if (!(explained instanceof PromotionError)) throw explained
  const found = await lookUp(target, run.registry)
  // The answer may have been lost, or another job have done the same; but a registry that changes manifests is not believed.
  if (found?.digest === digest && explained.code !== 'DIGEST_MISMATCH') return
  entry.report = failed(entry.report, explained, found)
  run.stop ??= 'another write failed'
}
