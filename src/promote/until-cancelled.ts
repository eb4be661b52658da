/** Ends work when the job is cancelled: the reason of the signal, a `PromotionError`, takes the place of its result. */
import type { RegistryWriter } from './ports.ts'

/** Does work whose result nobody waits for after the signal; to be used for what only reads. */
export function untilCancelled<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      reject(signal.reason as Error)
    }
    if (signal.aborted) {
      cancel()
      return
    }
    signal.addEventListener('abort', cancel, { once: true })
    work().then(resolve, reject)
  })
}

/** Begins no write after the signal; those under way come to their end. */
export function writingUntilCancelled(signal: AbortSignal, registry: RegistryWriter): RegistryWriter {
  const guard =
    <A extends unknown[], R>(write: (...asked: A) => Promise<R>) =>
    async (...asked: A): Promise<R> => {
      signal.throwIfAborted()
      return write(...asked)
    }
  return {
    putManifest: guard((reference, manifest, isExpected) =>
      registry.putManifest(reference, manifest, isExpected)
    ),
    placeBlob: guard((placement, onBytes) => registry.placeBlob(placement, onBytes)),
    attachReferrers: guard((repository, subject, referrers) =>
      registry.attachReferrers(repository, subject, referrers)
    )
  }
}
