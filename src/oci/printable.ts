/** Makes text that came from elsewhere safe to print: one line, bounded, and no command to the runner. */

const MAXIMUM_LENGTH = 300

// Controls, line and paragraph separators, and the invisible marks that reorder or hide text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu

/**
 * Turns untrusted text into one printable line of at most 300 characters.
 * `##[` is broken up, because the runner obeys it anywhere in a line; `::` it obeys only at the start of one.
 */
export function printable(text: string): string {
  const line = text.replace(UNPRINTABLE, ' ').trim().replaceAll('##[', '# #[').replace(/^::/, ': :')
  if (line.length <= MAXIMUM_LENGTH) return line
  // Cut before the blank or the half character that the cut would leave at the end.
  return `${line.slice(0, MAXIMUM_LENGTH - 1).replace(/[\s\p{Cs}]$/u, '')}…`
}
