/** Looks a tag up after a write of which it is not known whether it was done. */
import { PromotionError } from '../oci/errors.ts'
import type { Target } from '../oci/reference.ts'
import type { Found } from '../promotion/report.ts'
import type { RegistryReader } from './ports.ts'

/** Asks what a tag holds now; undefined when the registry does not tell. */
export async function lookUp(target: Target, registry: RegistryReader): Promise<Found> {
  try {
    return { digest: await registry.headManifest(target) }
  } catch (error) {
    if (error instanceof PromotionError) return undefined
    throw error
  }
}
