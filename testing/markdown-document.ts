/** Reads our Markdown documents for tests: headings, links, fenced examples. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A Markdown document of this repository. */
export interface Document {
  /** Path from the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** The root of the repository. */
export const root = join(import.meta.dirname, '..')

/** Reads all documents: those next to the README and those in docs/. */
export async function readDocuments(): Promise<Document[]> {
  const names = await readdir(root)
  const docs = await readdir(join(root, 'docs'), { recursive: true })
  const paths = [...names, ...docs.map(name => `docs/${name.replaceAll('\\', '/')}`)].filter(isMarkdown)
  return Promise.all(paths.map(readDocument))
}

/** Reads one document. */
export async function readDocument(path: string): Promise<Document> {
  return { path, text: await readFile(join(root, path), 'utf8') }
}

/** Lists the headings of a level, without `#` and backticks. */
export function headingsOf({ text }: Document, level: number): string[] {
  const heading = new RegExp(`^#{${level.toString()}} +(.+?) *$`, 'gm')
  return [...withoutExamples(text).matchAll(heading)].map(([, title = '']) => title.replaceAll('`', ''))
}

/** Lists a document's anchors, as GitHub derives them from its headings. */
export function anchorsOf(document: Document): string[] {
  const titles = [1, 2, 3, 4, 5, 6].flatMap(level => headingsOf(document, level))
  return titles.map(title =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
  )
}

/** Lists a document's links and pictures that point into this repository, as written. */
export function relativeLinksOf({ text }: Document): string[] {
  const targets = /\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g
  const links = [...withoutExamples(text).matchAll(targets)].map(([, link, html]) => link ?? html ?? '')
  return links.filter(target => !/^[a-z]+:/.test(target))
}

/** Lists a document's fenced examples in a language. */
export function examplesOf({ text }: Document, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm')
  return [...text.matchAll(fence)].map(([, example = '']) => example)
}

function withoutExamples(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

function isMarkdown(name: string): boolean {
  return name.endsWith('.md')
}
