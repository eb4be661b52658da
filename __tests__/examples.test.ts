/** Compares the examples in documents with examples/, and checks these against action.yml and with actionlint. */
import { describe, expect, test } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { examplesIn, unmarkedExamples, withExamples } from '../scripts/examples.ts'
import { parseMetadata } from '../scripts/metadata-tables.ts'
import type { Folder } from '../src/action/inputs/folder.ts'
import { readInputs } from '../src/action/inputs/inputs.ts'
import { outputNames } from '../src/action/present/outputs.ts'
import { readDocuments, root } from '../testing/markdown-document.ts'
import { lintWorkflow } from '../testing/workflow-lint.ts'
import { type Step, readWorkflows, stepsOf } from '../testing/workflow.ts'

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const { inputs } = parseMetadata(read('action.yml'))
const documents = await readDocuments()
const workflows = await readWorkflows('examples')
const usesRetag = ({ uses = '' }: Step): boolean => uses === 'retag/retag@v1'

// The value of an expression, by its end.
const values: readonly (readonly [RegExp, string])[] = [
  [/digest$/, `sha256:${'0'.repeat(64)}`],
  [/outputs\.tags$/, 'ghcr.io/acme/app:1.4.0\nghcr.io/acme/app:latest'],
  [/outputs\.promotions$/, 'ghcr.io/acme/api:sha-1 -> 1.4.0 latest'],
  [/outputs\.annotations$/, 'index:org.opencontainers.image.version=1.4.0'],
  [/^hashFiles\(/, '4f2a91c'],
  [/^runner\.temp$/, '/tmp'],
  [/== 'pull_request'$/, 'true'],
  [/(?:sha|version|ref_name|tag|repository|token|USERNAME|TOKEN|PASSWORD)$/, '1.4.0']
]

/** Replaces each expression with a value. Throws if none fits. */
function evaluated(text: string): string {
  return text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = values.find(([ending]) => ending.test(expression))?.[1]
    if (value === undefined) throw new Error(`no value for ${expression}`)
    return value
  })
}

test('every workflow in examples/ is shown in a document, and no other', () => {
  const shown = new Set(documents.flatMap(({ text }) => examplesIn(text)))
  expect([...shown].sort()).toStrictEqual(workflows.map(({ path }) => path).sort())
})

describe.each(documents)('$path', ({ text }) => {
  test('shows workflows as they are in examples/ (npm run readme)', () => {
    expect(withExamples(text, read)).toBe(text)
  })

  test('has no other example', () => {
    expect(unmarkedExamples(text)).toStrictEqual([])
  })
})

describe.each(workflows)('$path', workflow => {
  const steps = stepsOf(workflow)
  const retags = steps.filter(usesRetag)

  test('passes actionlint', async () => {
    expect(await lintWorkflow(workflow.text, workflow.path)).toStrictEqual([])
  })

  test('gives Retag existing inputs, and all that are required', () => {
    expect(retags).not.toStrictEqual([])
    const required = Object.keys(inputs).filter(name => inputs[name]?.required)
    for (const { with: given = {} } of retags) {
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)))
      expect(Object.keys(given)).toEqual(expect.arrayContaining(required))
    }
  })

  test('is understood, whatever its expressions are', () => {
    for (const { with: given = {} } of retags) {
      const read = (name: string): string => evaluated(String(given[name] ?? inputs[name]?.default ?? ''))
      const listFolder = (): Folder => ({
        kind: 'folder',
        entries: [{ name: '0'.repeat(64), isFolder: false }]
      })
      expect(readInputs(read, { listFolder }).request.promotions).not.toStrictEqual([])
    }
  })

  test('uses existing outputs', () => {
    const ids = retags.flatMap(({ id }) => id ?? [])
    const used = [...workflow.text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)]
    const names = used.flatMap(([, id = '', name]) => (ids.includes(id) ? name : []))
    expect(outputNames).toEqual(expect.arrayContaining(names))
  })

  test('grants permissions to jobs only', () => {
    expect(workflow.permissions).toStrictEqual({})
    for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeDefined()
  })
})

test('no example keeps a token after a checkout', () => {
  const checkouts = workflows.flatMap(stepsOf).filter(({ uses = '' }) => uses.startsWith('actions/checkout@'))
  expect(checkouts).not.toStrictEqual([])
  for (const { with: given } of checkouts) expect(given?.['persist-credentials']).toBe(false)
})

describe('withExamples', () => {
  const workflow =
    'jobs:\n  a:\n    runs-on: x\n    permissions: {}\n    steps:\n      - run: y\n        with:\n          z: 1\n'
  const shown = (part: string): string =>
    withExamples(`<!-- example: a.yml${part} -->\n\n\`\`\`yaml\nold\n\`\`\`\n`, () => workflow)

  test.each([
    ['', workflow.trim()],
    [', job', 'permissions: {}\nsteps:\n  - run: y\n    with:\n      z: 1'],
    [', steps', '- run: y\n  with:\n    z: 1']
  ])('shows the part of a workflow that a mark names: %s', (part, block) => {
    expect(shown(part)).toBe(`<!-- example: a.yml${part} -->\n\n\`\`\`yaml\n${block}\n\`\`\`\n`)
  })

  test('throws if a workflow has no such part', () => {
    expect(() => withExamples('<!-- example: a.yml, job -->\n\n```yaml\n```\n', () => 'on: push\n')).toThrow(
      'has no line'
    )
  })
})

describe('unmarkedExamples', () => {
  test('finds a block that uses Retag but has no mark', () => {
    const block = '```yaml\n- uses: retag/retag@v1\n```'
    expect(unmarkedExamples(`text\n\n${block}\n`)).toStrictEqual([block])
    expect(unmarkedExamples(`<!-- example: a.yml, steps -->\n\n${block}\n`)).toStrictEqual([])
  })
})
