/** Scenario: somebody reads the log of a step that gives many tags: what was found, what was planned, what was done. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const numbered = (count: number): string =>
  [...Array(count).keys()].map(index => `t${index.toString()}`).join(' ')

test.each([
  { count: 20, isFolded: false },
  { count: 21, isFolded: true }
])('tells a run like a story, of $count tags', async ({ count, isFolded }) => {
  const repository = `acme/app-${count.toString()}`
  const pushed = image()
  await push({ base: registry.base, repository }, pushed, ['main', 't0'])

  const { log } = await runAction({
    registry: registry.host,
    repository,
    source: 'main',
    target: numbered(count)
  })

  const lines = log.split('\n').filter(line => /^[^:\s]|^ {2}|^::(?:end)?group/.test(line))
  const name = `${registry.host}/${repository}`
  const [first, digest, what, plan, ...rest] = lines
  expect([first, digest]).toStrictEqual([`Source ${name}:main`, `  ${pushed.digest}`])
  expect(what).toMatch(/^ {2}OCI image manifest, \d+ bytes/)
  expect(plan).toBe(`Plan: ${(count - 1).toString()} to create, 1 up to date`)
  expect(rest.at(-1)).toBe(`Done: ${(count - 1).toString()} created, 1 unchanged`)
  expect(rest.filter(line => line.includes(`${name}:t`))).toHaveLength(count)
  expect(rest[0]?.startsWith('::group::')).toBe(isFolded)
  expect(rest.at(-2) === '::endgroup::').toBe(isFolded)
})
