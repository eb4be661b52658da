/** Scenario: a registry whose token server says who may do what. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { startTokenServer } from '../../testing/token-server.ts'

const tokenServer = await startTokenServer({
  accounts: { ci: 'secret', reader: 'library card' },
  grants: user => (user === 'ci' ? 'pull,push' : user === 'reader' ? 'pull' : '')
})
const { realm, service, issuer, rootCertBundle } = tokenServer
const registry = await startDistribution({ auth: { kind: 'token', realm, service, issuer, rootCertBundle } })
afterAll(() => Promise.all([registry.close(), tokenServer.close()]))

const repository = 'acme/app'
const home = { registry: registry.host, repository, source: 'sha-1' }
const pushed = image()
let here: Parameters<typeof pull>[0]
beforeAll(async () => {
  const scope = `repository:${repository}:pull,push`
  const authorization = `Bearer ${await tokenServer.tokenFor(scope)}`
  here = { base: registry.base, repository, authorization }
  await push(here, pushed, ['sha-1'])
})

test('logs in with a token, one for all requests', async () => {
  const run = await runAction({ ...home, target: '1.4.2 1.4 latest', username: 'ci', password: 'secret' })

  expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
  expect((await pull(here, 'latest'))?.digest).toBe(pushed.digest)
  expect(tokenServer.log.map(({ line }) => line)).toEqual([
    `GET /token?service=${service}&scope=repository%3Aacme%2Fapp%3Apull%2Cpush → 200`
  ])
})

test('reports that the account may not push', async () => {
  const run = await runAction({ ...home, target: 'refused', username: 'reader', password: 'library card' })

  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { digest: pushed.digest, changed: 'false' },
    annotations: [{ level: 'error', title: expect.stringMatching(/^Retag: (UNAUTHORIZED|DENIED)$/) }],
    report: { targets: [{ outcome: 'failed' }] }
  })
  expect(run.annotations[0]?.message).toContain(`tagging ${registry.host}/acme/app:refused: UNAUTHORIZED: `)
  expect(await pull(here, 'refused')).toBeUndefined()
})

test('reports that the password is wrong', async () => {
  const run = await runAction({ ...home, target: 'refused', username: 'ci', password: 'guess' })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: UNAUTHORIZED' }] })
  expect(run.annotations[0]?.message).toContain('UNAUTHORIZED: incorrect username or password')
  expect(await pull(here, 'refused')).toBeUndefined()
})
