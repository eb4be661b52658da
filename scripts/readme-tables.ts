/** Writes the input and output tables of README.md anew: `npm run readme`, after a change to action.yml. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseMetadata, withTables } from './metadata-tables.ts'

const root = join(import.meta.dirname, '..')
const readme = join(root, 'README.md')
const metadata = parseMetadata(await readFile(join(root, 'action.yml'), 'utf8'))
await writeFile(readme, withTables(await readFile(readme, 'utf8'), metadata))
