/**
 * A registry in memory: the ports of src/promote as a plain object, with a list of all that was asked of it. It keeps manifests
 * alone: keeping-registry.ts is for copies.
 */
import { PromotionError } from '../../src/oci/errors.ts'
import type { ImageConfig } from '../../src/oci/config.ts'
import type { Manifest } from '../../src/oci/manifest.ts'
import { type Reference, formatReference, formatRepository, parseTag } from '../../src/oci/reference.ts'
import type { RegistryReader, RegistryWriter } from '../../src/promote/ports.ts'

/** The registry, and what a test looks at. */
export interface MemoryRegistry extends RegistryReader, RegistryWriter {
  /** What each full reference points to. */
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Every call, `put ghcr.io/acme/app:1` when it is begun and `put ghcr.io/acme/app:1 done` when it has ended well. */
  readonly calls: readonly string[]
}

/**
 * Makes a registry that holds `content`, and `configs` by their digests; `before` is awaited by each call, and may hold it up or
 * throw. What a tag has held once can be had by its digest for ever, as in a registry.
 */
export function memoryRegistry(
  content: Readonly<Record<string, Manifest>> = {},
  before: (call: string) => Promise<unknown> = () => Promise.resolve(),
  configs: Readonly<Record<string, ImageConfig>> = {}
): MemoryRegistry {
  const manifests = new Map(Object.entries(content))
  const byDigest = new Map(Object.values(content).map(manifest => [manifest.digest, manifest]))
  const calls: string[] = []
  const answering = async <T>(call: string, work: () => T): Promise<T> => {
    calls.push(call)
    await before(call)
    const answer = work()
    calls.push(`${call} done`)
    return answer
  }
  const find = (reference: Reference): Manifest | undefined =>
    manifests.get(formatReference(reference)) ?? (reference.digest && byDigest.get(reference.digest))
  return {
    manifests,
    calls,
    getManifest: reference => answering(`get ${formatReference(reference)}`, () => find(reference)),
    headManifest: reference => answering(`head ${formatReference(reference)}`, () => find(reference)?.digest),
    listTags: repository =>
      answering(`tags ${formatRepository(repository)}`, () => {
        const prefix = `${formatRepository(repository)}:`
        const names = [...manifests.keys()].filter(name => name.startsWith(prefix))
        return names.map(name => parseTag(name.slice(prefix.length)))
      }),
    getConfig: (_repository, digest) => answering(`config ${digest}`, () => configs[digest] ?? noBlob()),
    putManifest: (target, manifest) =>
      answering(`put ${formatReference(target)}`, () => {
        manifests.set(formatReference(target), manifest)
        byDigest.set(manifest.digest, manifest)
      }),
    hasBlob: noCopies,
    listReferrers: noCopies,
    placeBlob: noCopies,
    attachReferrers: noCopies
  }
}

function noCopies(): never {
  throw new Error('nothing is copied within a repository')
}

function noBlob(): never {
  throw new PromotionError('REGISTRY_REJECTED', 'there is no such blob')
}
