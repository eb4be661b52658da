/** Runs work over a list with limited concurrency. */

/** The most requests that are under way at once, which is also the most connections to one registry. */
export const MAXIMUM_PARALLEL = 32

/**
 * Runs a function over a list, at most `atMost` at a time; the results keep the list's order. After a failure nothing
 * more is begun; it is thrown once all that is under way has ended.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  atMost = MAXIMUM_PARALLEL
): Promise<R[]> {
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
  await Promise.all(Array.from({ length: Math.min(atMost, items.length) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
