/** A reader that fetches nothing twice: the content of a digest never changes, and each tag list is read once in a run. */
import { PromotionError } from '../oci/errors.ts'
import type { Manifest } from '../oci/manifest.ts'
import { type Reference, formatReference, formatRepository } from '../oci/reference.ts'
import type { RegistryReader } from './ports.ts'

/** The most bytes of manifests that are kept in one run. */
export const MAXIMUM_KEPT_BYTES = 64 * 1024 * 1024

/**
 * Makes a reader that fetches each manifest by digest, each config and each list of tags once. What failed or was not there is asked for again.
 * Once 64 MiB of manifests are kept, it throws `MANIFEST_UNSUPPORTED` for any more.
 */
export function caching(registry: RegistryReader): RegistryReader {
  const manifests = new Map<string, ReturnType<RegistryReader['getManifest']>>()
  const tags = new Map<string, ReturnType<RegistryReader['listTags']>>()
  const configs = new Map<string, ReturnType<RegistryReader['getConfig']>>()
  const budget = { left: MAXIMUM_KEPT_BYTES }
  return {
    headManifest: reference => registry.headManifest(reference),
    hasBlob: (repository, digest) => registry.hasBlob(repository, digest),
    listTags: repository => once(tags, formatRepository(repository), () => registry.listTags(repository)),
    listReferrers: (repository, subject) => registry.listReferrers(repository, subject),
    getManifest: reference => {
      const { repository, digest } = reference
      return digest === undefined
        ? registry.getManifest(reference)
        : once(manifests, formatReference({ repository, digest }), () =>
            fetchWithin(budget, reference, registry)
          )
    },
    getConfig: (repository, digest) =>
      once(configs, formatReference({ repository, digest }), () => registry.getConfig(repository, digest))
  }
}

async function fetchWithin(
  budget: { left: number },
  reference: Reference,
  registry: RegistryReader
): Promise<Manifest | undefined> {
  const manifest = budget.left < 0 ? undefined : await registry.getManifest(reference)
  budget.left -= manifest?.bytes.length ?? 0
  if (budget.left >= 0) return manifest
  throw new PromotionError(
    'MANIFEST_UNSUPPORTED',
    'the manifests of the images in this run and of what is attached to them are larger than 64 MiB together',
    { advice: 'No builder makes images near this limit. Check what was pushed.' }
  )
}

function once<T>(known: Map<string, Promise<T>>, key: string, fetch: () => Promise<T>): Promise<T> {
  const cached = known.get(key)
  if (cached !== undefined) return cached
  const fetched = fetch()
  known.set(key, fetched)
  const forget = (): void => {
    known.delete(key)
  }
  fetched.then(value => {
    if (value === undefined) forget()
  }, forget)
  return fetched
}
