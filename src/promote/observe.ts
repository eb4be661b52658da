/** Observes a tag after a write whose result is not known. */
import { PromotionError } from '../oci/errors.ts'
import type { Target } from '../oci/reference.ts'
import type { Observed } from '../promotion/outcome.ts'
import type { RegistryReader } from './ports.ts'

/** Reads what a tag holds now; undefined where the registry does not tell. */
export async function observe(
  target: Target,
  registry: Pick<RegistryReader, 'headManifest'>
): Promise<Observed> {
  try {
    return { digest: await registry.headManifest(target) }
  } catch (error) {
    if (error instanceof PromotionError) return undefined
    throw error
  }
}
