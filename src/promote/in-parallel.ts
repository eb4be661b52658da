/** Runs work over a list with limited concurrency. */

/** The most concurrent requests, which is also the most connections to a registry. */
export const MAXIMUM_PARALLEL = 32

/**
 * Runs a function for each item of a list, concurrently; the results keep the list's order. After a failure nothing more is
 * started, and it is thrown once everything in progress has ended.
 */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      try {
        results[index] = await work(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAXIMUM_PARALLEL, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
