/** Escapes text for GitHub's Markdown. */

/** What GitHub may take for a commit; a part of six digits is none. */
const COMMIT = /(?<!sha256:|sha512:)\b[0-9a-f]{7,40}\b/gi

/** Escapes a text so that it shows as it is: no markup, no link, no mention, no HTML, no table cell boundary. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\s+/g, ' ')
      .replace(/[&<>]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[char] ?? char)
      .replace(/[\\`*_{}[\]()#+!|~$^-]/g, '\\$&')
      .replace(/^(\d+)\./, '$1\\.')
      .replace(/:\/\//g, '&#58;//')
      // GitHub links www. after a blank, an asterisk, an underscore, a tilde or a bracket: so wherever it stands.
      .replace(/(www)\./gi, '$1&#46;')
      .replace(COMMIT, hash => hash.replace(/.{6}(?!$)/g, '$&<!-- -->'))
      // GitHub looks for mentions, addresses, issues, commits and emoji after it has read entities: only another node keeps it from them.
      .replace(/@|\\#(?=[0-9])|\bgh\\-(?=[0-9])|:(?=(?:\w|\\[_+-])+(?::|&#58;))/gi, '$&<!-- -->')
  )
}

/** Puts a text in a code span that a table cell can hold; only for text that has no backtick and no bar. */
export function code(text: string): string {
  return `\`${text.replace(/[`|\s]+/g, ' ')}\``
}

/** Makes a table; empty when it has no rows. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const [head = '', ...lines] = [heads, ...rows].map(cells => `| ${cells.join(' | ')} |`)
  return [head, `|${'---|'.repeat(heads.length)}`, ...lines].join('\n')
}

/** Makes one of GitHub's alerts, with a blank line between its parts; empty where all of them are. */
export function alert(kind: 'CAUTION' | 'WARNING', parts: readonly string[]): string {
  const lines = parts.filter(part => part !== '').join('\n\n')
  if (lines === '') return ''
  const quoted = lines.split('\n').map(line => (line === '' ? '>' : `> ${line}`))
  return [`> [!${kind}]`, ...quoted].join('\n')
}

/** Folds a part away under a title that can be clicked; empty when the part is. */
export function folded(title: string, part: string): string {
  return part === '' ? '' : `<details><summary>${title}</summary>\n\n${part}\n\n</details>`
}

/** Writes a block of code in a language that GitHub knows; only for text without a fence of its own. */
export function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}
