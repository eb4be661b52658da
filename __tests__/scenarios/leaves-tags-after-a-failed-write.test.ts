/** Scenario: a write fails, whichever it is, and what was written before it is to stay. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { WRITES, runFailing, tagsBefore, tagsWanted } from '../../testing/five-writes.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test.each([0, 2, WRITES - 1])('leaves tags after write %d failed', async number => {
  const run = await runFailing(registry, `acme/leave-${number.toString()}`, {
    fails: write => (write === number ? '403' : undefined),
    onFailure: 'leave'
  })

  expect(run.exitCode).toBe(1)
  expect(run.told).toStrictEqual(run.tags)
  for (const [tag, held] of Object.entries(run.tags))
    expect([tagsBefore[tag], tagsWanted[tag]]).toContain(held)
  expect(run.outcomes).not.toContain('restored')
  expect(run.outcomes.filter(outcome => outcome === 'failed')).toHaveLength(1)
})
