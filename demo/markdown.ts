/** Shows the job summary's Markdown as text: headings underlined, tables aligned, escapes and emphasis removed. */
import { WIDTH, columns, fold, heading, indented } from './terminal.ts'

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', nbsp: ' ' }

/** The most lines of a code block that are shown. */
const LONGEST_CODE = 8

/** Renders the Markdown that Retag writes: headings, paragraphs, quotes, tables, code blocks and folded parts. */
export function renderMarkdown(markdown: string): string {
  const blocks = markdown.trim().split(/\n\n/)
  return blocks
    .filter(block => block !== '</details>')
    .map(renderBlock)
    .join('\n\n')
}

function renderBlock(block: string): string {
  if (block.startsWith('#')) return heading(plain(block.replace(/^#+ /, '')))
  if (block.startsWith('|')) return renderTable(block)
  if (block.startsWith('```')) return renderCode(block)
  if (block.startsWith('<details>')) return `▾ ${plain(block.replace(/<[^>]*>/g, ''))}`
  if (!block.startsWith('>')) return fold(plain(block), WIDTH - 2)
  const quoted = block.replace(/^> ?/gm, '')
  return indented(fold(plain(quoted), WIDTH - 4), '│ ')
}

function renderCode(block: string): string {
  const lines = block.split('\n').slice(1, -1)
  const hidden = lines.length - LONGEST_CODE
  const more = hidden > 0 ? [`… and ${hidden.toString()} more lines`] : []
  return indented([...lines.slice(0, LONGEST_CODE), ...more].join('\n'), '    ')
}

function renderTable(block: string): string {
  const [head = '', , ...rows] = block.split('\n')
  const cells = [head, ...rows].map(cellsOf)
  const [titles = [], ...body] = cells
  const rule = titles.map((_, column) => '─'.repeat(Math.max(...cells.map(row => firstLine(row[column])))))
  return columns([titles, rule, ...body], WIDTH - 2)
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => plain(cell.trim()))
}

function firstLine(cell = ''): number {
  return cell.split('\n')[0]?.length ?? 0
}

/** Removes emphasis, code marks, escapes and entities. */
function plain(text: string): string {
  return text
    .replace(/<br>/g, '\n')
    .replace(/<!--.*?-->/g, '')
    .replace(/(?<!\\)(?:\*\*|`)/g, '')
    .replace(/\\([^\w\s])/g, '$1')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&(amp|lt|gt|nbsp);/g, (_, name: string) => entities[name] ?? '')
}
