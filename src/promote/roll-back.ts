/** Rolls back: points tags to what they pointed to before the run, where they still hold what the run wrote. */
import type { Digest } from '../oci/digest.ts'
import { PromotionError, during } from '../oci/errors.ts'
import { formatReference } from '../oci/reference.ts'
import { TagChangedError } from '../oci/tag-changed.ts'
import {
  type FailedRollback,
  irreversible,
  restored,
  rollbackFailed,
  superseded
} from '../promotion/outcome.ts'
import type { Chain, Write } from './chain.ts'
import { observe } from './observe.ts'
import type { Planner } from './planner.ts'
import type { RegistryReader, RegistryWriter } from './ports.ts'

/** What rolling back needs. */
export interface RollBackContext {
  readonly registry: RegistryReader & RegistryWriter
  /** Knows the images that the run has read already; they are not fetched again. */
  readonly reader: RegistryReader
  readonly planner: Planner
}

/**
 * Restores what a chain of writes has displaced, the last write first, so that every kept image stays tagged. Where
 * one cannot be put back, those written before it are left, for they keep what it held. What another job has written since
 * stays; where that is the main tag of a rotation, the whole chain stays.
 */
export async function rollBack(chain: Chain, context: RollBackContext): Promise<void> {
  const { target, verdict } = chain.step
  if (verdict.kind === 'overwrite' && chain.writes.length > 0)
    chain.report(irreversible(chain.reportOf(target)))
  const displaced = chain.writes.filter(({ previous }) => previous !== undefined)
  if (displaced.length === 0) return
  const isRotation = chain.writes.some(({ target }) => chain.reportOf(target).keeps !== undefined)
  if (isRotation && !(await isMainTagOurs(chain, context))) return
  for (const write of displaced.toReversed()) if (!(await restore(chain, write, context))) return
}

/** Tells whether the main tag of a rotation is what the run wrote, or what it was before; reports it where it is not. */
async function isMainTagOurs(chain: Chain, { registry, planner }: RollBackContext): Promise<boolean> {
  const { target } = chain.step
  const report = chain.reportOf(target)
  const now = await observe(target, registry)
  if (now === undefined || now.digest === report.previousDigest) return true
  const write = chain.writeTo(target)
  if (write !== undefined && planner.isSame(write.digest, now.digest)) return true
  if (write !== undefined) chain.report(superseded(report, now.digest))
  return false
}

/** Puts one tag back; false where those written before it have to stay. */
async function restore(chain: Chain, write: Write, context: RollBackContext): Promise<boolean> {
  const now = await observe(write.target, context.registry)
  if (now === undefined) return fail(chain, write, { error: unknown(), now, isGone: false })
  if (now.digest === write.previous) return succeed(chain, write)
  if (!context.planner.isSame(write.digest, now.digest)) return leave(chain, write, now.digest)
  try {
    if (await pointBack(write, context)) return succeed(chain, write)
    return fail(chain, write, { error: during(nameOf(write), gone()) as PromotionError, now, isGone: true })
  } catch (error) {
    if (error instanceof TagChangedError) return leave(chain, write, error.found)
    const explained = during(nameOf(write), error)
    if (!(explained instanceof PromotionError)) throw explained
    const found = await observe(write.target, context.registry)
    if (found !== undefined && found.digest === write.previous) return succeed(chain, write)
    return fail(chain, write, { error: explained, now: found, isGone: false })
  }
}

function nameOf({ target, previous }: Write): string {
  return `putting ${formatReference(target)} back to ${previous ?? 'nothing'}`
}

/** Uploads the image that a tag pointed to before; false where the registry no longer has it. */
async function pointBack(
  { target, digest, previous }: Write,
  { registry, reader, planner }: RollBackContext
): Promise<boolean> {
  const { repository } = target
  const manifest = await reader.getManifest({ repository, ...(previous && { digest: previous }) })
  if (manifest === undefined) return false
  await registry.putManifest(target, manifest, found => planner.isSame(digest, found))
  return true
}

function succeed(chain: Chain, { target }: Write): boolean {
  chain.report(restored(chain.reportOf(target)))
  return true
}

function leave(chain: Chain, { target }: Write, digest: Digest | undefined): boolean {
  chain.report(superseded(chain.reportOf(target), digest))
  return false
}

function fail(chain: Chain, { target }: Write, why: FailedRollback): boolean {
  chain.report(rollbackFailed(chain.reportOf(target), why))
  return false
}

function unknown(): PromotionError {
  return new PromotionError(
    'REGISTRY_UNAVAILABLE',
    'the tag cannot be read, and another job may have moved it'
  )
}

function gone(): PromotionError {
  return new PromotionError('REGISTRY_REJECTED', 'the registry no longer has that image', {
    advice:
      'Some registries delete an image when its last tag moves, and clean-ups delete untagged images. Push the image again, or ' +
      'point the tag at another image.'
  })
}
