/** Scenario: the connections that a run needs are open before the token is there that its requests wait for. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { listen } from '../../testing/loopback.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { startTokenServer } from '../../testing/token-server.ts'

let [connections, wanted] = [0, 0]
let enough = (): void => undefined
const tokenServer = await startTokenServer({
  accounts: { ci: 'secret' },
  // No token comes before the connections: a run that waits for it to open them does not end.
  ready: () =>
    new Promise<void>(resolve => {
      enough = resolve
      count()
    })
})
const { realm, service, issuer, rootCertBundle } = tokenServer
const registry = await startDistribution({ auth: { kind: 'token', realm, service, issuer, rootCertBundle } })
const [hostname = '', port = ''] = registry.host.split(':')
const counter = await listen(
  createServer(client => {
    connections++
    count()
    pipeline(client, connect(Number(port), hostname), client, () => undefined)
  })
)
afterAll(async () => {
  await counter.close()
  await Promise.all([registry.close(), tokenServer.close()])
})

function count(): void {
  if (connections >= wanted) enough()
}

const repository = 'acme/app'
beforeAll(async () => {
  const authorization = `Bearer ${await tokenServer.tokenFor(`repository:${repository}:pull,push`)}`
  await push({ base: registry.base, repository, authorization }, image(), ['sha-1'])
})

test.each([
  [1, 2],
  [5, 6],
  [50, 32]
])('for %i tags there are %i connections, all of them open before the token', async (tags, expected) => {
  connections = 0
  wanted = expected
  const target = Array.from({ length: tags }, (_, id) => `of-${tags}-${id}`).join(' ')
  const login = { username: 'ci', password: 'secret' }
  const run = await runAction({ registry: counter.host, repository, source: 'sha-1', target, ...login })

  expect(run).toMatchObject({ exitCode: 0, annotations: [] })
  expect(connections).toBe(expected)
})
