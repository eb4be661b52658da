/** Scenario: very many tags, and a registry that limits requests. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { errorAnswer } from '../../testing/registry-exchange.ts'
import { startRegistry } from '../../testing/registry-server.ts'
import { runAction } from '../../testing/run-action.ts'

const tags = (count: number): string => Array.from({ length: count }, (_, index) => `t${index + 1}`).join(' ')
const pushed = image()
let asked = 0
const [distribution, strict] = await Promise.all([
  startDistribution(),
  startRegistry({
    profile: {
      name: 'strict',
      // It takes twenty requests at once: of the thirty-one that open a run, the last eleven are too many.
      before: () =>
        ++asked > 20 && asked <= 31 ? errorAnswer(429, 'TOOMANYREQUESTS', 'slower, please') : undefined
    }
  })
])
afterAll(() => Promise.all([distribution.close(), strict.close()]))

test('carries 500 tags with one upload each', async () => {
  await push({ base: distribution.base, repository: 'acme/app' }, pushed, ['main'])
  const run = await runAction({
    registry: distribution.host,
    repository: 'acme/app',
    source: 'main',
    target: tags(500)
  })
  expect(run.exitCode).toBe(0)
  expect(run.report?.targets.filter(({ outcome }) => outcome === 'created')).toHaveLength(500)
  // On a slow machine looks grow old: each tag is then looked at once more before the first write, and before its own.
  const requests = await distribution.requestsBy('retag')
  expect(requests.filter(line => line.startsWith('PUT'))).toHaveLength(500)
  expect(requests.length).toBeGreaterThanOrEqual(1001)
  expect(requests.length).toBeLessThanOrEqual(2001)
  expect(run.log).not.toContain('Warning')
})

test('goes slower where a registry asks for it, and loses nothing', async () => {
  strict.seed('acme/app', pushed, ['main'])
  const run = await runAction({
    registry: strict.host,
    repository: 'acme/app',
    source: 'main',
    target: tags(30)
  })
  expect(run.exitCode).toBe(0)
  for (const tag of tags(30).split(' ')) expect(strict.tag('acme/app', tag)).toBe(pushed.digest)
  expect(
    run.log.match(/limits requests \(429\); waiting \d\.\d s, then sending about 10 a second$/gm)
  ).toHaveLength(1)
  expect(strict.log.filter(({ status }) => status === 429)).toHaveLength(11)
  expect(strict.log.filter(({ method, status }) => method === 'PUT' && status === 201)).toHaveLength(30)
})
