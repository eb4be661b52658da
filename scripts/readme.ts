/**
 * Updates what our documents take from other files: `npm run readme`. The input and output tables of README.md come from
 * action.yml, the examples of all documents from examples/.
 */
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readDocuments, root } from '../testing/markdown-document.ts'
import { withExamples } from './examples.ts'
import { parseMetadata, withTables } from './metadata-tables.ts'

const metadata = parseMetadata(await readFile(join(root, 'action.yml'), 'utf8'))
for (const { path, text } of await readDocuments()) {
  const tabled = path === 'README.md' ? withTables(text, metadata) : text
  const written = withExamples(tabled, workflow => readFileSync(join(root, workflow), 'utf8'))
  if (written !== text) await writeFile(join(root, path), written)
}
