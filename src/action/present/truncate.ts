/** Fits a page into what the runner takes: it drops a summary that is too large, and says so nowhere in it. */

/** The most that the runner takes of a step's summary, in bytes (GitHub, *Workflow commands*, "Step isolation and limits"). */
export const MAXIMUM_SUMMARY_BYTES = 1024 * 1024

const NOTE =
  '> Not all of this summary is here: GitHub takes no more than 1 MiB of one. The outputs and the log have the rest.'

/** A part of a page. */
export interface Part {
  /** Markdown; where it is too long it is cut at the end of a line, or left out where it is folded. */
  readonly text: string
  /** How much it matters: the parts with the highest ranks are cut first. */
  readonly rank: number
}

/** Puts parts together in their order, a blank line between them; where that is too large, as much of them as fits, and a note. */
export function fitting(parts: readonly Part[], limit = MAXIMUM_SUMMARY_BYTES): string {
  const whole = page(parts)
  if (Buffer.byteLength(whole) <= limit) return whole
  let room = limit - Buffer.byteLength(page([{ text: NOTE, rank: 0 }]))
  const cut = new Map<Part, Part>()
  for (const part of parts.toSorted((one, other) => one.rank - other.rank)) {
    const text = cutTo(part.text, room - 2)
    cut.set(part, { ...part, text })
    if (text !== '') room -= Buffer.byteLength(text) + 2
  }
  return page([...parts.map(part => cut.get(part) ?? part), { text: NOTE, rank: 0 }])
}

function page(parts: readonly Part[]): string {
  return `${parts.flatMap(({ text }) => (text === '' ? [] : text)).join('\n\n')}\n`
}

function cutTo(text: string, room: number): string {
  if (Buffer.byteLength(text) <= room) return text
  if (room <= 0 || text.startsWith('<details>')) return ''
  const beginning = Buffer.from(text)
    .subarray(0, room + 1)
    .toString()
  return beginning.slice(0, Math.max(0, beginning.lastIndexOf('\n')))
}
