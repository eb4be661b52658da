/** What copies moved, in words. */
import type { Copied } from '../core/copy.ts'
import { formatBytes } from './bytes.ts'

/** Counts what was moved, or will be: `9 blobs (1.1 GB), 2 blobs mounted, 3 manifests`; empty when nothing belongs to it. */
export function countCopied({ blobs, bytes, mounted, present, manifests, referrers }: Copied): string {
  const counts = [
    { count: blobs, words: `${counted(blobs, 'blob')} (${formatBytes(bytes)})` },
    { count: mounted, words: `${counted(mounted, 'blob')} mounted` },
    { count: present, words: `${counted(present, 'blob')} there already` },
    { count: manifests, words: counted(manifests, 'manifest') },
    { count: referrers, words: counted(referrers, 'referrer') }
  ]
  return counts.flatMap(({ count, words }) => (count === 0 ? [] : words)).join(', ')
}

function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? '' : 's'}`
}
