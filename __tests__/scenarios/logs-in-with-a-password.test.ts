/** Scenario: a registry that wants a name and a password. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const password = 'correct horse: battery, staple'
const registry = await startDistribution({ auth: { kind: 'htpasswd', accounts: { ci: password } } })
afterAll(() => registry.close())

const repository = 'acme/app'
const authorization = `Basic ${Buffer.from(`ci:${password}`).toString('base64')}`
const here = { base: registry.base, repository, authorization }
const home = { registry: registry.host, repository, source: 'sha-1' }
const pushed = image()
beforeAll(() => push(here, pushed, ['sha-1']))

test('logs in with a password', async () => {
  const run = await runAction({ ...home, target: 'latest', username: 'ci', password })

  expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
  expect((await pull(here, 'latest'))?.digest).toBe(pushed.digest)
  expect(run.log.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain(password)
})

test.each([
  ['a wrong password', { username: 'ci', password: 'Tr0ub4dor' }, 'UNAUTHORIZED: authentication required'],
  ['no password', {}, 'asks for a user name and password, but there is none']
])('is told what is wrong with %s', async (_name, login, sentence) => {
  const run = await runAction({ ...home, target: 'refused', ...login })

  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { digest: '', changed: 'false' },
    annotations: [{ level: 'error', title: 'Retag: UNAUTHORIZED' }]
  })
  expect(run.annotations[0]?.message).toContain(sentence)
  expect(await pull(here, 'refused')).toBeUndefined()
})
