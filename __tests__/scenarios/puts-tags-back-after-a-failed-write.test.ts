/** Scenarios: a write fails, whichever it is: the tags that were moved point again to what they did, or stay. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { WRITES, runFailing, tagsBefore, tagsWanted } from '../../testing/five-writes.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const numbers = [...Array(WRITES).keys()]
// What is tried again takes its time: one write of each.
const cases = [
  ...numbers.map(number => ({ number, fault: '403' as const })),
  { number: 2, fault: '502 with HTML' as const },
  { number: 1, fault: 'reset before it is done' as const }
]

test.each(cases)('puts tags back after write $number failed: $fault', async ({ number, fault }) => {
  const repository = `acme/${fault.toLowerCase().replaceAll(' ', '-')}-${number.toString()}`
  const run = await runFailing(registry, repository, {
    fails: write => (write === number ? fault : undefined),
    onFailure: 'restore'
  })

  expect(run.exitCode).toBe(1)
  expect(run.told).toStrictEqual(run.tags)
  for (const [tag, outcome] of Object.entries(run.tags))
    expect([tagsBefore[tag], ...(tagsBefore[tag] === undefined ? [tagsWanted[tag]] : [])]).toContain(outcome)
  expect(run.outcomes.filter(outcome => outcome === 'failed')).toHaveLength(1)
  expect(run.outcomes).not.toContain('moved')
  expect(run.summary).not.toContain('could not be put back')
})

test.each([0, 2, WRITES - 1])('continues if only the response to write %d was lost', async number => {
  const run = await runFailing(registry, `acme/lost-${number.toString()}`, {
    fails: write => (write === number ? 'reset after it is done' : undefined),
    onFailure: 'restore'
  })

  expect(run.exitCode).toBe(0)
  expect(run.told).toStrictEqual(tagsWanted)
  expect(run.tags).toStrictEqual(tagsWanted)
})

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
