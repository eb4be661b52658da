/** The list grammar that docker's actions taught their users: newlines, commas and blanks part; `#` begins a comment line. */

/** Splits a list; blank lines and lines that begin with `#` are passed over. */
export function splitList(text: string): string[] {
  const lines = text.split(/\r?\n/).map(line => line.trim())
  return lines
    .filter(line => !line.startsWith('#'))
    .flatMap(line => line.split(/[\s,]+/).filter(item => item !== ''))
}
