/** Scenario: the registry takes no more writes in the middle of a run, so that what was moved cannot be put back either. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { WRITES, runFailing, tagsBefore } from '../../testing/five-writes.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test.each([0, 2, WRITES - 1])('says loudest what it could not put back: %d writes done', async count => {
  const run = await runFailing(registry, `acme/stuck-${count.toString()}`, {
    fails: write => (write >= count ? '403' : undefined),
    onFailure: 'restore'
  })

  expect(run.exitCode).toBe(1)
  expect(run.told).toStrictEqual(run.tags)
  const isDisplaced = Object.entries(tagsBefore).some(
    ([tag, held]) => held !== undefined && run.tags[tag] !== held
  )
  expect(
    run.summary.includes('> [!CAUTION]\n> **A write failed, and these tags could not be put back.')
  ).toBe(isDisplaced)
  const [annotation] = run.annotations
  expect(annotation?.title.includes('not as they were')).toBe(isDisplaced)
  expect(annotation?.message.startsWith('These tags could not be put back:\n')).toBe(isDisplaced)
  expect(run.log).toMatch(isDisplaced ? /could not be put back/ : /not written, because/)
})
