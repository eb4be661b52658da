/** Scenario: an image is promoted from one repository to another of the same registry, whose token server says who may do what. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { type Image, digestOf, image, indexOf } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { startTokenServer } from '../../testing/token-server.ts'

const tokenServer = await startTokenServer({ accounts: { ci: 'secret' } })
const { realm, service, issuer, rootCertBundle } = tokenServer
const registry = await startDistribution({ auth: { kind: 'token', realm, service, issuer, rootCertBundle } })
afterAll(() => Promise.all([registry.close(), tokenServer.close()]))

const pushed = indexOf([image({ seed: 'amd64' }), image({ seed: 'arm64', platform: 'linux/arm64' })])

/** A repository, as somebody who may do everything there sees it. */
async function entered(repository: string): Promise<Parameters<typeof push>[0]> {
  const token = await tokenServer.tokenFor(`repository:${repository}:pull,push`)
  return { base: registry.base, repository, authorization: `Bearer ${token}` }
}

beforeAll(async () => push(await entered('acme/staging'), pushed, ['sha-1']))

async function uploads(): Promise<string[]> {
  const requests = await registry.requestsBy('retag')
  return requests.filter(request => request.startsWith('PUT') && request.includes('/blobs/'))
}

test('mounts every layer, with one token for both repositories', async () => {
  const run = await runAction({
    registry: registry.host,
    source: `${registry.host}/acme/staging:sha-1`,
    target: `${registry.host}/acme/production:1.0`,
    username: 'ci',
    password: 'secret'
  })

  expect(run).toMatchObject({
    exitCode: 0,
    report: { copied: { blobs: 0, bytes: 0, mounted: 4, manifests: 3 } }
  })
  expect((await pull(await entered('acme/production'), '1.0'))?.digest).toBe(pushed.digest)
  expect(await uploads()).toEqual([])
  const both = tokenServer.log.filter(({ path }) => path.split('scope=').length === 3)
  expect(both.map(({ path }) => new URL(path, realm).searchParams.getAll('scope'))).toEqual([
    ['repository:acme/production:pull,push', 'repository:acme/staging:pull']
  ])
})

test('uploads a layer by sha512: the registry says that it has mounted it, and has not', async () => {
  const bySha512 = withSha512(image({ seed: 'sha512' }))
  await push(await entered('acme/staging'), bySha512, ['sha512'])
  const run = await runAction({
    registry: registry.host,
    source: `${registry.host}/acme/staging:sha512`,
    target: `${registry.host}/acme/production:sha512`,
    username: 'ci',
    password: 'secret'
  })

  expect(run).toMatchObject({ exitCode: 0, report: { copied: { blobs: 1, mounted: 1, manifests: 1 } } })
  expect((await pull(await entered('acme/production'), 'sha512'))?.digest).toBe(bySha512.digest)
})

/** Names an image's layer by sha512. */
function withSha512({ blobs, bytes, ...rest }: Image): Image {
  const named = blobs.map((blob, index) =>
    index === 0 ? blob : { ...blob, digest: digestOf(blob.bytes, 'sha512') }
  )
  const text = blobs.reduce(
    (json, { digest }, index) => json.replace(digest, named[index]?.digest ?? ''),
    Buffer.from(bytes).toString()
  )
  return { ...rest, blobs: named, bytes: Buffer.from(text), digest: digestOf(Buffer.from(text)) }
}
