/** Ends work when the job is cancelled, with the signal's reason, a `PromotionError`. */
import type { RegistryWriter } from './ports.ts'

/** Does work that is abandoned at the signal. Only for reads. */
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

/** Begins no write after the signal; those under way are finished. */
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
