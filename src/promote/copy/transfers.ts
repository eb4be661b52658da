/** Runs transfers of blobs. Small ones wait for round trips, so many run at once; large ones fill the line, so few do. */

/** The most transfers under way at once: each takes one connection to its source and one to its target, of 32 to a host. */
export const MAXIMUM_TRANSFERS = 16

/** So many transfers run at once whatever their sizes. */
export const UNSIZED_TRANSFERS = 4

/** The most bytes that more transfers than {@link UNSIZED_TRANSFERS} have together. */
export const MAXIMUM_TRANSFER_BYTES = 32 * 1024 * 1024

/**
 * Runs transfers, the largest first, since it takes the longest. `sizeOf` gives the bytes of one. After a failure nothing more is
 * begun; it is thrown when all that was under way has ended.
 */
export async function transferEach<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
  transfer: (item: T) => Promise<void>
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const failures: unknown[] = []
  let bytes = 0
  const mustWait = (size: number): boolean =>
    underWay.size >= UNSIZED_TRANSFERS &&
    (underWay.size >= MAXIMUM_TRANSFERS || bytes + size > MAXIMUM_TRANSFER_BYTES)
  const begin = (item: T, size: number): void => {
    bytes += size
    const ended = transfer(item)
      .catch((error: unknown) => failures.push(error))
      .then(() => {
        bytes -= size
        underWay.delete(ended)
      })
    underWay.add(ended)
  }
  for (const item of items.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
    while (mustWait(sizeOf(item))) await Promise.race(underWay)
    if (failures.length > 0) break
    begin(item, sizeOf(item))
  }
  await Promise.all(underWay)
  if (failures.length > 0) throw failures[0]
}
