/** The whole product: look, decide, write. */
import { expectCopied } from '../promotion/copy.ts'
import { PromotionError } from '../oci/errors.ts'
import { type Order, type Plan, isRefused, plan } from '../promotion/plan.ts'
import { type Report, preview, previewUncopied } from '../promotion/report.ts'
import { type Ending, apply } from './tag.ts'
import { copyGraphs } from './copy/copy.ts'
import { observe } from './inspect.ts'
import type { Clock, Narrator, RegistryReader, RegistryWriter } from './ports.ts'
import { untilCancelled, writingUntilCancelled } from './until-cancelled.ts'

/** How an order is to be carried out. */
export interface Conduct extends Ending {
  /** Does everything but write. */
  readonly dryRun: boolean
  /** How long to wait until the source exists and passes the gate, in milliseconds. */
  readonly waitForSource: number
  readonly clock: Clock
  readonly narrator: Narrator
}

/** Carries out an order and tells what became of it; what the registries refuse or fail at is told in the report. */
export async function promote(
  order: Order,
  registry: RegistryReader & RegistryWriter,
  conduct: Conduct
): Promise<Report> {
  const { dryRun, waitForSource, clock, narrator, signal } = conduct
  const known = { source: order.source, dryRun }
  try {
    const observed = await untilCancelled(signal, () =>
      observe(order, registry, { limit: waitForSource, clock, narrator })
    )
    const intended = plan(order, observed)
    narrator.plans(order, intended)
    const { source: manifest, platforms } = intended
    const done =
      dryRun || isRefused(intended) ? foresee(intended) : await carryOut(intended, registry, conduct)
    return { ...known, manifest, ...(platforms && { platforms }), ...done }
  } catch (error) {
    if (error instanceof PromotionError) return { ...known, targets: abandoned(order, conduct), error }
    throw error
  }
}

type Done = Pick<Report, 'targets' | 'copied' | 'warnings' | 'error'>

/** Tells what carrying out a plan will do. A plan with a refusal writes nothing. */
function foresee(intended: Plan): Done {
  const copies = isRefused(intended) ? [] : intended.copies
  const warnings = copies.flatMap(copy => copy.warnings)
  return { targets: preview(intended), copied: expectCopied(copies), warnings }
}

/** Copies, then tags: no tag is written anywhere before everything is in its place everywhere. */
async function carryOut(
  intended: Plan,
  registry: RegistryReader & RegistryWriter,
  { onFailure, narrator, signal }: Conduct
): Promise<Done> {
  const writer = writingUntilCancelled(signal, registry)
  const { failure, ...copying } = await copyGraphs(intended.copies, writer, event => {
    narrator.copies(event)
  })
  if (failure) return { ...copying, targets: previewUncopied(intended), error: failure.error }
  const targets = await apply(intended, registry, { onFailure, signal })
  const isCutShort = signal.aborted && targets.some(({ outcome }) => outcome === 'not-attempted')
  return { ...copying, targets, ...(isCutShort && { error: signal.reason as PromotionError }) }
}

function abandoned({ targets }: Order, { signal }: Conduct): Report['targets'] {
  const why = signal.aborted ? 'the job was cancelled' : 'the source could not be promoted'
  const reason = `nothing was written, because ${why}`
  return targets.map(target => ({ target, outcome: 'not-attempted', reason }))
}
