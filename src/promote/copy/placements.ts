/** Placements: which blob goes from where to where. */
import type { MissingContent } from '../../promotion/copy.ts'
import { type Repository, canMount, formatRepository } from '../../oci/reference.ts'
import type { Placement } from '../../oci/placement.ts'

/** Lists where the blobs of missing content go. */
export function placementsOf(
  { to }: { readonly to: Repository },
  { blobs }: Pick<MissingContent, 'blobs'>
): Placement[] {
  return blobs.map(blob => ({ from: blob.from, to, blob }))
}

/** Names a blob in a registry, whatever the repository. */
export function blobInRegistry({ to, blob }: Placement): string {
  return `${to.registry}@${blob.digest}`
}

/** Names what is sent once: a blob from elsewhere to all repositories of a registry; each mount is its own transfer. */
export function transferOf(placement: Placement): string {
  return canMount(placement) ? nameOf(placement) : blobInRegistry(placement)
}

/** Counts the bytes to be sent for placements of one blob: it is sent once; a mount sends nothing. */
export function bytesOf([placement]: readonly Placement[]): number {
  return placement === undefined || canMount(placement) ? 0 : placement.blob.size
}

/** Names a blob in a repository. */
export function nameOf({ to, blob }: Placement): string {
  return `${formatRepository(to)}@${blob.digest}`
}

/** Groups items by key, in the order of each group's first item. */
export function groupsBy<T>(items: readonly T[], keyOf: (item: T) => string): (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups.values()]
}
