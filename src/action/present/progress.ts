/** Tells how long copies go on: a line every few seconds, so that nobody takes a long one for one that hangs. */
import type { CopyEvent } from '../../promote/ports.ts'
import { formatBytes } from './bytes.ts'

/** How far apart the lines are at least, in milliseconds. */
export const PROGRESS_INTERVAL = 5_000

/** What telling needs of the world. */
export interface Teller {
  readonly say: (line: string) => void
  /** Milliseconds, since any moment. */
  readonly now: () => number
}

/** Makes a listener that tells of copies: what they are when they begin, and from time to time how far they are. */
export function telling({ say, now }: Teller): (event: CopyEvent) => void {
  let total = { blobs: 0, bytes: 0 }
  let done = { blobs: 0, bytes: 0, sent: 0 }
  let begun = now()
  let told = begun
  return event => {
    switch (event.kind) {
      case 'begun':
        total = event
        done = { blobs: 0, bytes: 0, sent: 0 }
        begun = told = now()
        break
      case 'bytes':
        done = { ...done, bytes: done.bytes + event.count, sent: done.sent + event.count }
        break
      case 'placed': {
        const size = event.how === 'copied' ? 0 : event.placement.blob.size
        done = { ...done, blobs: done.blobs + 1, bytes: done.bytes + size }
      }
    }
    if (now() - told < PROGRESS_INTERVAL) return
    told = now()
    const rate = formatBytes(Math.round(Math.max(0, done.sent) / ((told - begun) / 1000)))
    say(
      `  ${done.blobs.toString()} of ${total.blobs.toString()} blobs, ` +
        `${formatBytes(Math.max(0, done.bytes))} of ${formatBytes(total.bytes)}, ${rate}/s`
    )
  }
}
