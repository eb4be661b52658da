/** Writes: carries out a plan, and tells what became of each target. */
import { PromotionError, during } from '../core/errors.ts'
import type { Manifest } from '../core/manifest.ts'
import { type Plan, isRefused } from '../core/plan.ts'
import { formatReference } from '../core/reference.ts'
import { type TargetReport, failed, notAttempted, preview } from '../core/report.ts'
import { inParallel } from './in-parallel.ts'
import type { RegistryWriter } from './ports.ts'

/**
 * Carries out a plan: first the tags that are new, then those that move, each kind all at once. A plan with a refusal
 * writes nothing. After a failed write no other is begun; those under way come to their end.
 */
export async function apply(intended: Plan, registry: RegistryWriter): Promise<TargetReport[]> {
  const reports = preview(intended)
  if (isRefused(intended)) return reports
  let hasFailed = false
  for (const outcome of ['created', 'moved'] as const) {
    const due = [...reports.entries()].filter(([, expected]) => expected.outcome === outcome)
    await inParallel(due, async ([index, expected]) => {
      const report = hasFailed
        ? notAttempted(expected, 'not written, because an earlier write failed')
        : await write(expected, intended.source, registry)
      hasFailed ||= report.outcome === 'failed'
      reports[index] = report
    })
  }
  return reports
}

async function write(
  expected: TargetReport,
  manifest: Manifest,
  registry: RegistryWriter
): Promise<TargetReport> {
  try {
    await registry.putManifest(expected.target, manifest)
    return expected
  } catch (error) {
    const explained = during(`tagging ${formatReference(expected.target)}`, error)
    if (explained instanceof PromotionError) return failed(expected, explained)
    throw explained
  }
}
