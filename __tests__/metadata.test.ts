/** Holds action.yml, the code and the documents to one another. */
import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join, normalize } from 'node:path'
import { parse } from 'yaml'
import { parseMetadata, withTables } from '../scripts/metadata-tables.ts'
import { inputNames } from '../src/action/inputs.ts'
import { outputNames } from '../src/action/outputs.ts'
import { errorCodes } from '../src/core/errors.ts'
import {
  anchorsOf,
  examplesOf,
  headingsOf,
  readDocument,
  readDocuments,
  relativeLinksOf,
  root
} from './support/markdown-document.ts'

interface Step {
  readonly id?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Job {
  readonly permissions?: object
  readonly steps: readonly Step[]
}

interface Workflow {
  readonly name: string
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

const metadata = parseMetadata(await readFile(join(root, 'action.yml'), 'utf8'))
const readme = await readDocument('README.md')
const documents = await readDocuments()
/** What stands in a README example: some steps, a job as far as it matters, or a whole workflow. */
type Example = readonly Step[] | Job | Workflow

const examples = examplesOf(readme, 'yaml').map((text, index) => {
  const content = parse(text) as Example
  const name = 'name' in content ? content.name : `example ${(index + 1).toString()}`
  return { name, text, content }
})
const workflows = examples.flatMap(({ content }) => ('jobs' in content ? [content] : []))

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

  test('has a whole workflow for each use', () => {
    expect(workflows.map(({ name }) => name)).toEqual([
      'Build, test, promote',
      'Release',
      'Nightly',
      'Promote to production'
    ])
    for (const { jobs } of workflows)
      expect(retagSteps(Object.values(jobs).flatMap(job => job.steps))).toHaveLength(1)
  })

  test('grants nothing to a workflow and to each job what it needs', () => {
    for (const { permissions, jobs } of workflows) {
      expect(permissions).toEqual({})
      for (const job of Object.values(jobs)) expect(Object.keys(job.permissions ?? {})).not.toEqual([])
    }
  })

  test.each(examples)('gives Retag inputs that it has: $name', ({ content }) => {
    const steps = retagSteps(stepsOf(content))
    expect(steps).not.toEqual([])
    for (const step of steps) {
      const given = Object.keys(step.with ?? {})
      const required = Object.entries(metadata.inputs).filter(([, input]) => input.required)
      expect(inputNames).toEqual(expect.arrayContaining(given))
      expect(given).toEqual(expect.arrayContaining(required.map(([name]) => name)))
    }
  })

  test.each(examples)('uses outputs of Retag that it has: $name', ({ text, content }) => {
    const ids = retagSteps(stepsOf(content)).flatMap(({ id }) => id ?? [])
    const used = [...text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)]
    const names = used.flatMap(([, id = '', name]) => (ids.includes(id) ? name : []))
    expect(outputNames).toEqual(expect.arrayContaining(names))
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

function stepsOf(content: Example): readonly Step[] {
  if ('jobs' in content) return Object.values(content.jobs).flatMap(job => job.steps)
  return 'steps' in content ? content.steps : content
}

function retagSteps(steps: readonly Step[]): Step[] {
  return steps.filter(({ uses = '' }) => uses.startsWith('retag/retag@'))
}

function leadsSomewhere(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? from : normalize(join(dirname(from), path)).replaceAll('\\', '/')
  const document = documents.find(each => each.path === target)
  if (anchor !== undefined) return document !== undefined && anchorsOf(document).includes(anchor)
  return existsSync(join(root, target))
}
