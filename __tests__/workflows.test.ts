/** Checks that our own workflows are safe: pinned actions and clones, few permissions, no expressions in scripts. */
import { describe, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from '../testing/markdown-document.ts'
import { lintWorkflow } from '../testing/workflow-lint.ts'
import { readWorkflows, stepsOf } from '../testing/workflow.ts'

interface Dependabot {
  readonly updates: readonly {
    readonly 'package-ecosystem': string
    readonly cooldown?: { readonly 'default-days'?: number }
    readonly groups?: object
  }[]
}

const workflows = await readWorkflows('.github/workflows')

describe.each(workflows)('$path', workflow => {
  const jobs = Object.values(workflow.jobs)
  const steps = stepsOf(workflow)

  test('passes actionlint', async () => {
    expect(await lintWorkflow(workflow.text, workflow.path)).toStrictEqual([])
  })

  test('pins each action by commit, with its version in a comment', () => {
    const uses = workflow.text.split('\n').filter(line => /^\s*(?:- )?uses:/.test(line))
    expect(uses).not.toStrictEqual([])
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test('grants permissions to jobs only', () => {
    expect(workflow.permissions).toStrictEqual({})
    for (const job of jobs) expect(Object.keys(job.permissions ?? {})).not.toStrictEqual([])
  })

  test('keeps no token after a checkout', () => {
    const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'))
    expect(checkouts).toHaveLength(jobs.length)
    for (const { with: given } of checkouts) expect(given?.['persist-credentials']).toBe(false)
  })

  test('passes expressions to scripts through the environment', () => {
    const scripts = steps.flatMap(({ run = '' }) => run)
    expect(scripts.filter(script => script.includes('${{'))).toStrictEqual([])
  })

  test('runs no install scripts where a job may write anything', () => {
    const writers = jobs.filter(({ permissions = {} }) => Object.values(permissions).includes('write'))
    const scripts = writers.flatMap(job =>
      job.steps.flatMap(({ run = '' }) => run.match(/^npm (?:ci|i|install).*/gm) ?? [])
    )
    for (const script of scripts) expect(script).toContain('--ignore-scripts')
  })

  test('fetches sources by their commit', () => {
    for (const { run = '', env = {} } of steps) {
      expect(run).not.toMatch(/git clone/)
      if (run.includes('git fetch')) expect(env.COMMIT).toMatch(/^[0-9a-f]{40}$/)
    }
  })

  test('limits the time of each job', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0)
  })
})

test('an action has the same version in all workflows', () => {
  const pins = workflows.flatMap(workflow => stepsOf(workflow).flatMap(({ uses }) => uses ?? []))
  const [names, versions] = [
    pins.map(pin => pin.split('@')[0]?.split('/', 2).join('/')),
    pins.map(pin => pin.split('@')[1])
  ]
  expect(new Set(versions).size).toBe(new Set(names).size)
})

test('updates of packages and actions are grouped, and wait some days', async () => {
  const { updates } = parse(await readFile(join(root, '.github', 'dependabot.yml'), 'utf8')) as Dependabot
  expect(updates.map(update => update['package-ecosystem'])).toStrictEqual(['npm', 'github-actions'])
  for (const { cooldown, groups } of updates) {
    expect(cooldown?.['default-days']).toBeGreaterThanOrEqual(3)
    expect(groups).toBeDefined()
  }
})
