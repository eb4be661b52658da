/** The whole product: look, decide, write. */
import { PromotionError } from '../core/errors.ts'
import { type Order, plan } from '../core/plan.ts'
import type { Report } from '../core/report.ts'
import { apply } from './apply.ts'
import { observe } from './observe.ts'
import type { RegistryReader, RegistryWriter } from './ports.ts'

/** Carries out an order and tells what became of it; what the registries refuse or fail at is told in the report. */
export async function promote(order: Order, registry: RegistryReader & RegistryWriter): Promise<Report> {
  try {
    const observed = await observe(order, registry)
    const intended = plan(order, observed)
    return { source: order.source, manifest: observed.source, targets: await apply(intended, registry) }
  } catch (error) {
    if (error instanceof PromotionError) return abandoned(order, error)
    throw error
  }
}

function abandoned({ source, targets }: Order, error: PromotionError): Report {
  const reason = 'nothing was written, because the source could not be promoted'
  return { source, targets: targets.map(target => ({ target, outcome: 'not-attempted', reason })), error }
}
