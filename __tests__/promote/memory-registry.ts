/** A registry in memory: the ports of src/promote as a plain object, with a list of all that was asked of it. */
import type { Manifest } from '../../src/core/manifest.ts'
import { formatReference } from '../../src/core/reference.ts'
import type { RegistryReader, RegistryWriter } from '../../src/promote/ports.ts'

/** The registry, and what a test looks at. */
export interface MemoryRegistry extends RegistryReader, RegistryWriter {
  /** What each full reference points to. */
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Every call, `put ghcr.io/acme/app:1` when it is begun and `put ghcr.io/acme/app:1 done` when it has ended well. */
  readonly calls: readonly string[]
}

/** Makes a registry that holds `content`; `before` is awaited by each call, and may hold it up or throw. */
export function memoryRegistry(
  content: Readonly<Record<string, Manifest>> = {},
  before: (call: string) => Promise<unknown> = () => Promise.resolve()
): MemoryRegistry {
  const manifests = new Map(Object.entries(content))
  const calls: string[] = []
  const answering = async <T>(call: string, work: () => T): Promise<T> => {
    calls.push(call)
    await before(call)
    const answer = work()
    calls.push(`${call} done`)
    return answer
  }
  return {
    manifests,
    calls,
    getManifest: reference => {
      const name = formatReference(reference)
      return answering(`get ${name}`, () => manifests.get(name))
    },
    headManifest: reference => {
      const name = formatReference(reference)
      return answering(`head ${name}`, () => manifests.get(name)?.digest)
    },
    putManifest: (target, manifest) => {
      const name = formatReference(target)
      return answering(`put ${name}`, () => void manifests.set(name, manifest))
    }
  }
}
