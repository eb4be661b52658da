/** Compares action.yml, the code and the documents with one another. */
import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import { parseMetadata, withTables } from '../scripts/metadata-tables.ts'
import { MAXIMUM_ANNOTATIONS, MAXIMUM_ANNOTATION_LENGTH } from '../src/action/inputs/annotations.ts'
import { readInputs } from '../src/action/inputs/inputs.ts'
import { inputDefaults } from '../src/action/inputs/known-inputs.ts'
import { outputNames } from '../src/action/present/outputs.ts'
import { errorCodes } from '../src/oci/errors.ts'
import { MAXIMUM_MANIFEST_BYTES } from '../src/oci/manifest.ts'
import { MAXIMUM_ATTACHMENTS } from '../src/promote/copy/attachments.ts'
import { MAXIMUM_TRANSFERS } from '../src/promote/copy/transfers.ts'
import { MAXIMUM_DEPTH, MAXIMUM_MANIFESTS } from '../src/promote/copy/walk.ts'
import { outcomes } from '../src/promotion/report.ts'
import { MAXIMUM_KEPT_BYTES } from '../src/promote/read-cache.ts'
import { MAXIMUM_TARGETS } from '../src/promotion/request.ts'
import { MAXIMUM_PARTS } from '../src/promotion/source.ts'
import { standardDeadline } from '../src/registry/http/deadline.ts'
import { MAXIMUM_ERROR_BYTES } from '../src/registry/http/exchange.ts'
import { MAXIMUM_SOCKETS } from '../src/registry/http/pool.ts'
import { MAXIMUM_TAGS } from '../src/registry/tags.ts'
import {
  type Document,
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
// The changelog describes past versions.
const living = documents.filter(({ path }) => path !== 'CHANGELOG.md')
const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
const example: Readonly<Record<string, string>> = {
  source: 'ghcr.io/acme/app:sha-4f2a91c',
  target: 'ghcr.io/acme/app:latest',
  username: 'somebody',
  password: 'secret'
}
// Files that readers create.
const readersFiles = ['.github/workflows/tag.yml', 'examples/NAME.yml']
const sources = await readSources()

describe('action.yml', () => {
  test('has the inputs and the defaults that the code has, in one order', () => {
    const declared = Object.entries(metadata.inputs).map(([name, { default: value = '' }]) => [name, value])
    // An expression is the runner's to evaluate.
    const valued = declared.map(([name, value = '']) => [name, value.replace(/^\$\{\{.*\}\}$/, '')])
    expect(valued).toEqual(Object.entries(inputDefaults))
  })

  test('has the outputs that the code sets', () => {
    expect(Object.keys(metadata.outputs)).toEqual(outputNames)
  })

  test('describes each of them', () => {
    for (const { description } of [...Object.values(metadata.inputs), ...Object.values(metadata.outputs)])
      expect(description).toMatch(/\S.*\.$/s)
  })

  test('names a bundle that exists', () => {
    expect(existsSync(join(root, metadata.runs.main))).toBe(true)
  })

  test('runs on the Node of .node-version', async () => {
    const version = (await readFile(join(root, '.node-version'), 'utf8')).trim()
    expect(metadata.runs.using).toBe(`node${version}`)
  })
})

describe('README.md', () => {
  test('has the tables of action.yml (npm run readme)', () => {
    expect(withTables(readme.text, metadata)).toBe(readme.text)
  })

  test('has at most 300 lines', () => {
    expect(readme.text.trimEnd().split('\n').length).toBeLessThanOrEqual(300)
  })
})

describe('docs/troubleshooting.md', () => {
  test('has a heading for each error code', async () => {
    expect(headingsOf(await readDocument('docs/troubleshooting.md'), 2)).toEqual(errorCodes)
  })
})

describe('docs/report.md', () => {
  test('has a row for each outcome', async () => {
    const { text } = await readDocument('docs/report.md')
    const rows = [...text.matchAll(/^\| `(?!outcome`)([\w-]+)` /gm)].map(([, outcome]) => outcome)
    expect(rows).toEqual(outcomes)
  })
})

describe('docs/how-it-works.md', () => {
  test.each([
    ['a manifest, an image', `${(MAXIMUM_MANIFEST_BYTES / 1024 ** 2).toString()} MiB`],
    ['tags in one step', MAXIMUM_TARGETS.toLocaleString('en')],
    ['parts of an index', MAXIMUM_PARTS.toString()],
    [
      'annotations of an index',
      `${MAXIMUM_ANNOTATIONS.toString()}, with ${(MAXIMUM_ANNOTATION_LENGTH / 1024).toString()} KiB`
    ],
    ['tags read of a repository', MAXIMUM_TAGS.toLocaleString('en')],
    ['nested indexes', `${MAXIMUM_DEPTH.toString()} levels`],
    ['manifests of one image', MAXIMUM_MANIFESTS.toLocaleString('en')],
    ['manifests that a run keeps', `${(MAXIMUM_KEPT_BYTES / 1024 ** 2).toString()} MiB`],
    ['referrers of one image', MAXIMUM_ATTACHMENTS.toLocaleString('en')],
    ['error body', `${(MAXIMUM_ERROR_BYTES / 1024).toString()} KiB`],
    ['a request', `${(standardDeadline.idle / 1000).toString()} s`],
    ['blobs in transfer', MAXIMUM_TRANSFERS.toString()],
    ['connections to one host', MAXIMUM_SOCKETS.toString()]
  ])('states the limit of the code: %s', async (what, limit) => {
    const { text } = await readDocument('docs/how-it-works.md')
    const row = text.split('\n').find(line => line.startsWith(`| ${what}`))
    expect(row?.split('|')[2]?.trim()).toMatch(new RegExp(`^${limit}\\b`))
  })
})

describe('docs/hostile-input.md', () => {
  test('names a guard and a test in each row', async () => {
    const { text } = await readDocument('docs/hostile-input.md')
    const rows = text.split('\n').filter(line => /^\| (?!input )/.test(line))
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

test('ARCHITECTURE.md has the layers of stack.ts, in their order', async () => {
  const { text } = await readDocument('ARCHITECTURE.md')
  const [, chain = ''] = /RegistryClient → (.*) → transport/.exec(text) ?? []
  const [, layers = ''] =
    /const layers.*\] = \[\n([\s\S]*?)\n {2}\]/.exec(await readSource('registry/stack.ts')) ?? []
  const names = layers.split('\n').map(line => /(?:send => )?([\w.]+)/.exec(line)?.[1])
  expect(chain.split(' → ')).toEqual(names)
})

test('ARCHITECTURE.md can be read in its order in under 800 lines', async () => {
  const { text } = await readDocument('ARCHITECTURE.md')
  const [, order = ''] = /^## Reading order\n([\s\S]*?)^## /m.exec(text) ?? []
  const paths = [...order.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path)
  expect(paths.length).toBeGreaterThan(5)
  const files = await Promise.all(paths.map(path => readFile(join(root, path), 'utf8')))
  expect(files.join('').split('\n').length).toBeLessThan(800)
})

describe.each(living)('$path', document => {
  test('quotes messages that are in the source', () => {
    expect(quotesOf(document).filter(quote => !sources.some(text => says(text, quote)))).toEqual([])
  })

  test('names inputs with valid values, and defaults as in action.yml', () => {
    const spans = [...document.text.matchAll(/`([a-z-]+): ([^`\n]+)`(,\s+(?:which is )?the default)?/g)]
    for (const [span, name = '', value = '', isDefault] of spans) {
      const input = metadata.inputs[name]
      if (input === undefined || value.includes('${{')) continue
      if (isDefault !== undefined) expect({ span, value: input.default }).toEqual({ span, value })
      expect(() =>
        readInputs(only => (only === name ? value : (example[only] ?? metadata.inputs[only]?.default ?? '')))
      ).not.toThrow()
    }
  })

  test('names files that exist', () => {
    const paths = /`((?:src|testing|__tests__|docs|examples|scripts|\.github|\.ci)\/[\w./-]*\w)\/?`/g
    const named = [...document.text.matchAll(paths)].map(([, path = '']) => path)
    expect(named.filter(path => !existsSync(join(root, path)) && !readersFiles.includes(path))).toEqual([])
  })

  test('names scripts in package.json', () => {
    const named = [...document.text.matchAll(/\bnpm run (?:--silent )?([\w:]+)/g)].map(
      ([, name = '']) => name
    )
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named))
  })
})

describe.each(documents)('$path', document => {
  test('has no broken link into this repository', () => {
    const lost = relativeLinksOf(document).filter(link => !leadsSomewhere(link, document.path))
    expect(lost).toEqual([])
  })
})

function readSource(path: string): Promise<string> {
  return readFile(join(root, 'src', path), 'utf8')
}

/** Reads the source files without comments, each message on one line, with `…` for its values. */
async function readSources(): Promise<string[]> {
  const paths = await readdir(join(root, 'src'), { recursive: true })
  const texts = paths.filter(path => path.endsWith('.ts')).map(path => readSource(path))
  return (await Promise.all(texts)).map(text =>
    text
      .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
      .replace(/(['"`])\s*\+\s*(['"`])/g, '')
      .replace(/\$\{[^}'"`]*\}/g, '…')
      .replaceAll("\\'", "'")
  )
}

/** Lists what a document puts between “ and ”: Retag's messages. What registries say is in backticks. */
function quotesOf({ text }: Document): string[] {
  return [...text.matchAll(/“([^”]+)”/g)].map(([, quote = '']) => quote.replace(/\s+/g, ' '))
}

/** Tells whether one message in a source contains the parts of a quote, in order; `…` in a quote stands for anything. */
function says(source: string, quote: string): boolean {
  const parts = quote.split('…').map(part => part.trim())
  const pattern = parts.map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^\\n]*?')
  return new RegExp(pattern).test(source)
}

function leadsSomewhere(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : normalize(join(dirname(from), path)).replaceAll('\\', '/')
  const document = documents.find(each => each.path === target)
  if (anchor !== undefined) return document !== undefined && anchorsOf(document).includes(anchor)
  return existsSync(join(root, target))
}
