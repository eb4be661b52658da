/** Looks: reads the source and, at the same time, what each target tag holds now. */
import { PromotionError, during } from '../core/errors.ts'
import type { Manifest } from '../core/manifest.ts'
import type { Observed, Order } from '../core/plan.ts'
import type { TagState } from '../core/policy.ts'
import { type Reference, type Target, formatReference } from '../core/reference.ts'
import { inParallel } from './in-parallel.ts'
import type { RegistryReader } from './ports.ts'

/** Reads all that a plan needs. Throws when the source cannot be read; a target that cannot be read is a state like any other. */
export async function observe(order: Order, registry: RegistryReader): Promise<Observed> {
  const source = readSource(order.source, registry)
  const states = inParallel(order.targets, target => readTarget(target, registry))
  // Both come to their end whatever becomes of the other: nothing is asked any more when the run tells its result.
  await Promise.allSettled([source, states])
  return { source: await source, states: await states }
}

async function readSource(source: Reference, registry: RegistryReader): Promise<Manifest> {
  const name = formatReference(source)
  try {
    const manifest = await registry.getManifest(source)
    if (manifest !== undefined) return manifest
  } catch (error) {
    throw during(`reading the source ${name}`, error)
  }
  throw new PromotionError('SOURCE_NOT_FOUND', `there is no image ${name}: the registry answered 404`, {
    advice:
      'Check the registry, the repository and the tag, and that the job which pushes the image has ended. Some registries also say this of ' +
      'a private image when the credentials may not read it.'
  })
}

async function readTarget(target: Target, registry: RegistryReader): Promise<TagState> {
  try {
    const digest = await registry.headManifest(target)
    return digest === undefined ? { kind: 'absent' } : { kind: 'present', digest }
  } catch (error) {
    const explained = during(`reading the target ${formatReference(target)}`, error)
    if (explained instanceof PromotionError) return { kind: 'unreadable', error: explained }
    throw explained
  }
}
