/** What copies move, in words: for the log and for the summary. */
import { type Copied, type Copy, expectCopied } from '../../promotion/copy.ts'
import { formatRepository } from '../../oci/reference.ts'
import type { Report } from '../../promotion/report.ts'
import { formatBytes } from './bytes.ts'
import { counted } from './counted.ts'
import { alert, escapeMarkdown } from './markdown.ts'

/** Tells what is to be copied to a repository: a line of the log. */
export function copyLine(copy: Copy): string {
  return `  to ${formatRepository(copy.to)}: ${countCopied(expectCopied([copy])) || 'nothing to copy'}`
}

/** Tells what was copied and what was left behind, as lines of the log. */
export function copiedLines({ copied, warnings, dryRun }: Report): string[] {
  return [...(isNothing(copied) || dryRun ? [] : [`Copied ${countCopied(copied)}`]), ...warnings]
}

/** Tells what was copied, or would be, and what was left behind, in Markdown; empty where there was nothing to copy. */
export function copiedOf({ copied, warnings, dryRun }: Report): string {
  const parts = [
    isNothing(copied) ? '' : escapeMarkdown(`${dryRun ? 'Would copy' : 'Copied'} ${countCopied(copied)}`),
    alert('WARNING', [warnings.map(warning => `- ${escapeMarkdown(warning)}`).join('\n')])
  ]
  return parts.filter(part => part !== '').join('\n\n')
}

/** Counts what was moved, or will be: `9 blobs (1.1 GB), 2 blobs mounted, 3 manifests`. */
export function countCopied({ blobs, bytes, mounted, present, manifests, referrers }: Copied): string {
  const counts = [
    { count: blobs, words: `${counted(blobs, 'blob')} (${formatBytes(bytes)})` },
    { count: mounted, words: `${counted(mounted, 'blob')} mounted` },
    { count: manifests, words: counted(manifests, 'manifest') },
    { count: referrers, words: counted(referrers, 'referrer') },
    { count: present, words: `${counted(present, 'blob')} already there` }
  ]
  return counts.flatMap(({ count, words }) => (count === 0 ? [] : words)).join(', ')
}

function isNothing(copied: Copied): boolean {
  return Object.values(copied).every(count => count === 0)
}
