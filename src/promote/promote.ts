/** The whole product: inspect, plan, copy, tag. */
import { PromotionError } from '../oci/errors.ts'
import { expectCopied, nothingCopied } from '../promotion/copy.ts'
import { type Plan, isRefused, plan } from '../promotion/plan.ts'
import { preview, previewUncopied } from '../promotion/outcome.ts'
import { type Report, abandoned, sourceReports } from '../promotion/report.ts'
import type { Request } from '../promotion/request.ts'
import type { TagContext } from './context.ts'
import { copyGraphs } from './copy/copy.ts'
import { inspect } from './inspect.ts'
import type { Clock, ProgressReporter, RegistryReader, RegistryWriter } from './ports.ts'
import { Planner } from './planner.ts'
import { caching } from './read-cache.ts'
import { TagReader } from './tag-reader.ts'
import { type OnFailure, writeTags } from './tag.ts'
import { untilCancelled, writingUntilCancelled } from './until-cancelled.ts'

/** How a request is to be carried out. */
export interface Options {
  /** Does everything but write. */
  readonly dryRun: boolean
  readonly onFailure: OnFailure
  /** How long to wait until every source exists and meets the requirements, in milliseconds. */
  readonly waitForSource: number
}

/** Everything outside that a promotion uses. */
export interface Dependencies {
  readonly registry: RegistryReader & RegistryWriter
  readonly clock: Clock
  readonly progress: ProgressReporter
  /** Aborted when the job is cancelled, with a `PromotionError` for its reason. */
  readonly signal: AbortSignal
}

/** Carries out a request and reports the outcome, including what the registries refused or failed at. */
export async function promote(
  request: Request,
  options: Options,
  dependencies: Dependencies
): Promise<Report> {
  const { registry, clock, progress, signal } = dependencies
  const { dryRun, waitForSource: limit } = options
  const nothing = { dryRun, copied: nothingCopied, warnings: [] }
  try {
    const readers = { reader: caching(registry), tags: new TagReader(registry, clock) }
    const inspection = await untilCancelled(signal, () =>
      inspect(request, readers, { limit, clock, progress })
    )
    if (inspection.kind === 'rejected') {
      const targets = abandoned(request, 'nothing was written, because not every source can be promoted')
      return { ...nothing, sources: inspection.sources, targets }
    }
    const { facts } = inspection
    const planned = plan(request, facts)
    progress.planned(request, planned)
    const planner = new Planner(request, { facts, planned }, readers)
    const context = { ...dependencies, ...readers, request, planner }
    const isPreview = dryRun || isRefused(planned)
    const done = isPreview ? foresee(planned) : await carryOut(planned, options, context)
    const warnings = [...planned.warnings, ...done.warnings]
    return { ...done, dryRun, sources: sourceReports(request, planned.sources), warnings }
  } catch (error) {
    if (!(error instanceof PromotionError)) throw error
    const why = signal.aborted ? 'the job was cancelled' : 'not everything could be read'
    const targets = abandoned(request, `nothing was written, because ${why}`)
    return { ...nothing, sources: sourceReports(request, []), targets, error }
  }
}

type Done = Pick<Report, 'targets' | 'copied' | 'warnings' | 'error'>

/** Executes a plan. A plan with a refusal writes nothing. */
function foresee(planned: Plan): Done {
  const copies = isRefused(planned) ? [] : planned.copies
  return {
    targets: preview(planned),
    copied: expectCopied(copies),
    warnings: copies.flatMap(copy => copy.warnings)
  }
}

/** Copies, then tags: no tag is written anywhere before all content is in place everywhere. */
async function carryOut(
  planned: Plan,
  { onFailure }: Options,
  context: TagContext & Pick<Dependencies, 'progress'>
): Promise<Done> {
  const { registry, progress, signal } = context
  const writer = writingUntilCancelled(signal, registry)
  const { failure, ...copying } = await copyGraphs(planned.copies, writer, event => {
    progress.copying(event)
  })
  if (failure) return { ...copying, targets: previewUncopied(planned), error: failure.error }
  const targets = await writeTags(planned, context, onFailure)
  const isCutShort = signal.aborted && targets.some(({ outcome }) => outcome === 'not-attempted')
  return { ...copying, targets, ...(isCutShort && { error: signal.reason as PromotionError }) }
}
