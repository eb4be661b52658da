/** Looks at what has to be copied: all that belongs to the image, and what other repositories lack of it. */
import type { Belongings, Copy } from '../../promotion/copy.ts'
import { type PromotionError, during } from '../../oci/errors.ts'
import { type Observed, type Order, isRefused, plan, repositoriesToFill } from '../../promotion/plan.ts'
import { formatReference, formatRepository } from '../../oci/reference.ts'
import { compare } from './diff.ts'
import { findAttachments } from './attachments.ts'
import { inParallel } from '../in-parallel.ts'
import { orError } from '../or-error.ts'
import type { RegistryReader } from '../ports.ts'
import { surveyGraph } from './walk.ts'

/**
 * Finds out what each repository lacks, by its full name; an error takes the place of what cannot be told. Asks nothing where
 * all targets are in the source's repository, or a refusal ends the run anyway. Throws when the image itself cannot be read.
 */
export async function observeCopies(
  order: Order,
  observed: Observed,
  registry: RegistryReader
): Promise<Map<string, Copy | PromotionError>> {
  const intended = plan(order, observed)
  const repositories = isRefused(intended) ? [] : repositoriesToFill(order, intended)
  if (repositories.length === 0) return new Map()
  const belongings = await survey(order, observed, registry)
  const results = await inParallel(repositories, async to => {
    const name = formatRepository(to)
    return [
      name,
      await orError(`looking at what ${name} has`, () => compare(belongings, to, registry))
    ] as const
  })
  return new Map(results)
}

async function survey(order: Order, { source }: Observed, registry: RegistryReader): Promise<Belongings> {
  const place = { registry, from: order.source.repository }
  try {
    const image = await surveyGraph(source, place)
    const found =
      order.referrers === true ? await findAttachments(image, place) : { attachments: [], warnings: [] }
    return { from: place.from, image, ...found }
  } catch (error) {
    throw during(`reading all that belongs to ${formatReference(order.source)}`, error)
  }
}
