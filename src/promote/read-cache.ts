/** Remembers what a digest names, which never changes: no manifest and no config is fetched twice in a run. */
import type { RegistryReader } from './ports.ts'

/** Makes a reader that fetches each manifest by digest, and each config, once; what failed is asked for again. */
export function remembering(registry: RegistryReader): RegistryReader {
  const manifests = new Map<string, ReturnType<RegistryReader['getManifest']>>()
  const configs = new Map<string, ReturnType<RegistryReader['getConfig']>>()
  return {
    headManifest: reference => registry.headManifest(reference),
    hasBlob: (repository, digest) => registry.hasBlob(repository, digest),
    listReferrers: (repository, subject) => registry.listReferrers(repository, subject),
    getManifest: reference =>
      reference.digest === undefined
        ? registry.getManifest(reference)
        : remember(manifests, reference.digest, () => registry.getManifest(reference)),
    getConfig: (repository, digest) => remember(configs, digest, () => registry.getConfig(repository, digest))
  }
}

function remember<T>(known: Map<string, Promise<T>>, key: string, fetch: () => Promise<T>): Promise<T> {
  const remembered = known.get(key) ?? fetch()
  known.set(key, remembered)
  remembered.catch(() => known.delete(key))
  return remembered
}
