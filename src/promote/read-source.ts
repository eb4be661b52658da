/** Reads the source, and holds it against the gate: waits for what is not there yet, where the user said so. */
import { PromotionError, during } from '../oci/errors.ts'
import { objectionTo, openGate } from '../promotion/requirements.ts'
import { configOf } from '../oci/config.ts'
import { type Manifest, platformsOf } from '../oci/manifest.ts'
import type { Order } from '../promotion/plan.ts'
import { type Repository, formatReference } from '../oci/reference.ts'
import type { RegistryReader } from './ports.ts'
import { type Attempt, type Patience, patiently } from './wait.ts'

/** A source that may be promoted. */
export interface AcceptedSource {
  readonly source: Manifest
  /** Its platforms, where they are known without another request or were asked for. */
  readonly platforms: readonly string[]
}

/** Reads the source. Throws when it cannot be read or may not pass the gate: at once, or when the patience is at its end. */
export function readSource(
  order: Order,
  registry: RegistryReader,
  patience: Patience
): Promise<AcceptedSource> {
  return patiently(() => attempt(order, registry), patience)
}

async function attempt(order: Order, registry: RegistryReader): Promise<Attempt<AcceptedSource>> {
  const { source: reference, gate = openGate } = order
  const name = formatReference(reference)
  try {
    const source = await registry.getManifest(reference)
    if (source === undefined) return { kind: 'missing', error: absent(name) }
    const isGated = gate.platforms.length > 0
    const platforms = isGated
      ? await allPlatformsOf(source, reference.repository, registry)
      : platformsOf(source)
    const objection = objectionTo(source, platforms, gate)
    if (objection === undefined) return { kind: 'ready', value: { source, platforms } }
    // What a digest names never becomes anything else.
    if (reference.digest !== undefined) throw objection
    return {
      kind: 'missing',
      error: new PromotionError(objection.code, `${name}: ${objection.message}`, objection)
    }
  } catch (error) {
    throw during(`reading the source ${name}`, error)
  }
}

async function allPlatformsOf(
  manifest: Manifest,
  repository: Repository,
  registry: RegistryReader
): Promise<readonly string[]> {
  const config = configOf(manifest)
  if (config === undefined) return platformsOf(manifest)
  const { platform } = await registry.getConfig(repository, config)
  return platform === undefined ? [] : [platform]
}

function absent(name: string): PromotionError {
  return new PromotionError('SOURCE_NOT_FOUND', `there is no image ${name}: the registry answered 404`, {
    advice:
      'Check the registry, the repository and the tag, and that the job which pushes the image has ended (wait-for-source waits for it). ' +
      'Some registries also say this of a private image when the credentials may not read it.'
  })
}
