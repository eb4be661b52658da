/** The whole product: look, decide, write. */
import { PromotionError } from '../core/errors.ts'
import { type Order, plan } from '../core/plan.ts'
import { type Report, preview } from '../core/report.ts'
import { type OnFailure, apply } from './apply.ts'
import { observe } from './observe.ts'
import type { Clock, Narrator, RegistryReader, RegistryWriter } from './ports.ts'

/** How an order is to be carried out. */
export interface Conduct {
  /** Does everything but write. */
  readonly dryRun: boolean
  readonly onFailure: OnFailure
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
  const { dryRun, onFailure, waitForSource, clock, narrator } = conduct
  const known = { source: order.source, dryRun }
  try {
    const observed = await observe(order, registry, { limit: waitForSource, clock, narrator })
    const intended = plan(order, observed)
    narrator.plans(order, intended)
    const targets = dryRun ? preview(intended) : await apply(intended, registry, onFailure)
    const { source: manifest, platforms } = intended
    return { ...known, manifest, ...(platforms && { platforms }), targets }
  } catch (error) {
    if (error instanceof PromotionError) return { ...known, targets: abandoned(order), error }
    throw error
  }
}

function abandoned({ targets }: Order): Report['targets'] {
  const reason = 'nothing was written, because the source could not be promoted'
  return targets.map(target => ({ target, outcome: 'not-attempted', reason }))
}
