/** A reader that fetches nothing twice: what a digest names never changes. */
import { formatReference } from '../oci/reference.ts'
import type { RegistryReader } from './ports.ts'

/** Makes a reader that fetches each manifest by digest and each config once. What failed or was not there is asked for again. */
export function caching(registry: RegistryReader): RegistryReader {
  const manifests = new Map<string, ReturnType<RegistryReader['getManifest']>>()
  const configs = new Map<string, ReturnType<RegistryReader['getConfig']>>()
  return {
    headManifest: reference => registry.headManifest(reference),
    hasBlob: (repository, digest) => registry.hasBlob(repository, digest),
    listTags: repository => registry.listTags(repository),
    listReferrers: (repository, subject) => registry.listReferrers(repository, subject),
    getManifest: reference => {
      const { repository, digest } = reference
      return digest === undefined
        ? registry.getManifest(reference)
        : once(manifests, formatReference({ repository, digest }), () => registry.getManifest(reference))
    },
    getConfig: (repository, digest) =>
      once(configs, formatReference({ repository, digest }), () => registry.getConfig(repository, digest))
  }
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
