/** Looks: reads the source, what each target tag holds now, and all that the decision needs beyond these. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import {
  type Image,
  type Observed,
  type Order,
  comparedImages,
  keptImages,
  plan,
  previousTags
} from '../promotion/plan.ts'
import type { TagState } from '../promotion/policy.ts'
import { type Target, formatReference } from '../oci/reference.ts'
import { inParallel } from './in-parallel.ts'
import { observeCopies } from './copy/inspect.ts'
import { orError } from './or-error.ts'
import type { RegistryReader } from './ports.ts'
import { readEdition } from './read-version-metadata.ts'
import { readSource } from './read-source.ts'
import { remembering } from './read-cache.ts'
import type { Patience } from './wait.ts'

/** Reads all that a plan needs. Throws when the source cannot be read; what else cannot be read is a state like any other. */
export async function observe(order: Order, registry: RegistryReader, patience: Patience): Promise<Observed> {
  const reader = remembering(registry)
  const looked = await look(order, reader, patience)
  const editions = await readImages(comparedImages(order, looked), async image => {
    const manifest = image.digest === looked.source.digest ? looked.source : await reader.getManifest(image)
    return manifest && readEdition(manifest, image, reader)
  })
  const compared = { ...looked, editions }
  const kept = keptImages(plan(order, compared))
  const known = { ...compared, images: await readImages(kept, image => reader.getManifest(image)) }
  return { ...known, copies: await observeCopies(order, known, reader) }
}

/** Reads the source and all tags: at the same time, or, where the source may have to be waited for, one after the other. */
async function look(order: Order, registry: RegistryReader, patience: Patience): Promise<Observed> {
  const source = readSource(order, registry, patience)
  if (patience.limit > 0) await source
  let isInVain = false
  source.catch(() => {
    isInVain = true
  })
  const states = readStates(order, registry, () => isInVain)
  // Both come to their end whatever becomes of the other: nothing is asked any more when the run tells its result.
  await Promise.allSettled([source, states])
  return { ...(await source), ...(await states) }
}

async function readStates(
  order: Order,
  registry: RegistryReader,
  isInVain: () => boolean
): Promise<Pick<Observed, 'states' | 'previousStates'>> {
  const tags = order.targets.flatMap(target => [target, ...previousTags(order, target)])
  const read = async (tag: Target): Promise<[string, TagState]> => [
    formatReference(tag),
    isInVain() ? { kind: 'absent' } : await readTag(tag, registry)
  ]
  const found = new Map(await inParallel(tags, read))
  const stateOf = (tag: Target): TagState => found.get(formatReference(tag)) ?? { kind: 'absent' }
  return {
    states: order.targets.map(stateOf),
    previousStates: order.targets.map(target => previousTags(order, target).map(stateOf))
  }
}

async function readTag(target: Target, registry: RegistryReader): Promise<TagState> {
  const digest = await orError(`reading the target ${formatReference(target)}`, () =>
    registry.headManifest(target)
  )
  if (digest instanceof PromotionError) return { kind: 'unreadable', error: digest }
  return digest === undefined ? { kind: 'absent' } : { kind: 'present', digest }
}

/** Reads something of each image, by digest; an error takes the place of what cannot be read, and what is gone is left out. */
async function readImages<T>(
  images: readonly Image[],
  read: (image: Image) => Promise<T | undefined>
): Promise<Map<Digest, T | PromotionError>> {
  const results = await inParallel(
    images,
    async image =>
      [image.digest, await orError(`reading ${formatReference(image)}`, () => read(image))] as const
  )
  return new Map(results.flatMap(([digest, result]) => (result === undefined ? [] : [[digest, result]])))
}
