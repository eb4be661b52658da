/** Holds action.yml, the code and the documents to one another. */
import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import { parseMetadata, withTables } from '../scripts/metadata-tables.ts'
import { inputNames } from '../src/action/inputs/inputs.ts'
import { outputNames } from '../src/action/present/outputs.ts'
import { errorCodes } from '../src/oci/errors.ts'
import {
  anchorsOf,
  examplesOf,
  headingsOf,
  readDocument,
  readDocuments,
  relativeLinksOf,
  root
} from '../testing/markdown-document.ts'

const metadata = parseMetadata(await readFile(join(root, 'action.yml'), 'utf8'))
const readme = await readDocument('README.md')
const documents = await readDocuments()

describe('action.yml', () => {
  test('has the inputs that the code reads', () => {
    expect(Object.keys(metadata.inputs)).toEqual(inputNames)
  })

  test('has the outputs that the code sets', () => {
    expect(Object.keys(metadata.outputs)).toEqual(outputNames)
  })

  test('describes each of them', () => {
    for (const { description } of [...Object.values(metadata.inputs), ...Object.values(metadata.outputs)])
      expect(description).toMatch(/\S.*\.$/s)
  })

  test('names a bundle that is there', () => {
    expect(existsSync(join(root, metadata.runs.main))).toBe(true)
  })

  test('runs on the Node of .node-version', async () => {
    const version = (await readFile(join(root, '.node-version'), 'utf8')).trim()
    expect(metadata.runs.using).toBe(`node${version}`)
  })
})

describe('README.md', () => {
  test('has the tables of action.yml: npm run readme', () => {
    expect(withTables(readme.text, metadata)).toBe(readme.text)
  })
})

describe('docs/troubleshooting.md', () => {
  test('has a heading for each error code', async () => {
    expect(headingsOf(await readDocument('docs/troubleshooting.md'), 2)).toEqual(errorCodes)
  })
})

describe('docs/hostile-input.md', () => {
  test('names a guard and a test in each row', async () => {
    const { text } = await readDocument('docs/hostile-input.md')
    const [, , ...rows] = text.split('\n').filter(line => line.startsWith('|'))
    expect(rows.length).toBeGreaterThan(15)
    for (const row of rows) {
      const [guard = '', proof = ''] = row.split('|').slice(3, 5)
      expect(guard).toMatch(/^ (\[[\w-]+\.ts\]\(\.\.\/src\/[\w/-]+\.ts\)(, )?)+ +$/)
      expect(proof).toMatch(/^ (\[[\w-]+\.test\.ts\]\(\.\.\/__tests__\/[\w/-]+\.test\.ts\)(, )?)+ +$/)
    }
  })
})

describe('ARCHITECTURE.md', () => {
  test('has a line for each source file, and for no other', async () => {
    const [tree = ''] = examplesOf(await readDocument('ARCHITECTURE.md'), 'text').filter(text =>
      text.includes('index.ts')
    )
    const named = [...tree.matchAll(/\b[\w-]+(?:\.d)?\.ts\b/g)].map(([name]) => name)
    const sources = await readdir(join(root, 'src'), { recursive: true })
    expect(named.sort()).toEqual(
      sources
        .filter(path => path.endsWith('.ts'))
        .map(path => basename(path))
        .sort()
    )
  })
})

describe.each(documents)('$path', document => {
  test('has no link into this repository that leads nowhere', () => {
    const lost = relativeLinksOf(document).filter(link => !leadsSomewhere(link, document.path))
    expect(lost).toEqual([])
  })
})

function leadsSomewhere(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : normalize(join(dirname(from), path)).replaceAll('\\', '/')
  const document = documents.find(each => each.path === target)
  if (anchor !== undefined) return document !== undefined && anchorsOf(document).includes(anchor)
  return existsSync(join(root, target))
}
