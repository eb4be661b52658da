/** Tests of taking a blob over within a registry, and of every way in which registries refuse that. */
import { describe, expect, test } from '@jest/globals'
import type { Digest } from '../../src/oci/digest.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { type Repository, parseReference } from '../../src/oci/reference.ts'
import { distribution } from '../../testing/products.ts'
import type { Profile } from '../../testing/profiles.ts'
import { type Exchange, errorAnswer } from '../../testing/registry-exchange.ts'
import type { RegistryServer } from '../../testing/registry-server.ts'
import { openRepository } from '../../testing/registry-store.ts'
import { type Scene, hasIt, ignore, methodsOf, blob, bytes, withinOne as openOne } from './blob-scenes.ts'
import { openScript } from './opened.ts'
import { anna, wire } from './wired.ts'

const isMount = ({ method, url }: Exchange): boolean => method === 'POST' && url.searchParams.has('mount')
const withinOne = (profile?: Profile): Promise<Scene> => openOne(profile && { profile })

describe('placeBlob, within a registry', () => {
  test('mounts', async () => {
    const { registry, placement } = await withinOne()
    expect(await wire().client.placeBlob(placement, ignore)).toBe('mounted')
    expect(registry.log.map(({ line }) => line)).toEqual([
      `POST /v2/production/blobs/uploads/?mount=${blob.digest}&from=staging → 201`
    ])
    expect(hasIt(registry)).toBe(true)
  })

  test.each([
    [
      'sends a blob by sha512 that the registry says it has mounted, and has not (distribution)',
      distribution,
      'copied'
    ],
    ['looks for a blob by sha512 after its mount', undefined, 'mounted']
  ])('%s', async (_what, profile, how) => {
    const { registry, placement } = await withinOne(profile)
    const digest = digestOf(bytes, `sha512:${'0'.repeat(128)}` as Digest)
    openRepository(registry.store, 'staging').blobs.set(digest, bytes)
    const long = { ...placement, blob: { ...blob, digest } }
    expect(await wire().client.placeBlob(long, ignore)).toBe(how)
    expect(registry.store.get('production')?.blobs.get(digest)?.length).toBe(bytes.length)
    expect(methodsOf(registry).slice(0, 2)).toEqual(['POST 201', how === 'copied' ? 'HEAD 404' : 'HEAD 200'])
  })

  const neverMounts: Profile = {
    name: 'never mounts',
    before: (exchange, plain) => {
      if (!isMount(exchange)) return undefined
      const url = new URL(exchange.url)
      url.search = ''
      return plain({ ...exchange, url })
    }
  }

  test('sends the blob to the upload that is opened in place of a mount', async () => {
    const { registry, placement } = await withinOne(neverMounts)
    expect(await wire().client.placeBlob(placement, ignore)).toBe('copied')
    expect(methodsOf(registry)).toEqual(['POST 202', 'HEAD 404', 'GET 200', 'PUT 201'])
    expect(hasIt(registry)).toBe(true)
  })

  test('sends nothing if the registry does not mount what it has', async () => {
    const { registry, placement } = await withinOne(neverMounts)
    openRepository(registry.store, 'production').blobs.set(blob.digest, bytes)
    expect(await wire().client.placeBlob(placement, ignore)).toBe('present')
    expect(methodsOf(registry)).toEqual(['POST 202', 'HEAD 200'])
  })

  test('sends what the registry is known to lack, without asking', async () => {
    const { registry, placement } = await withinOne(neverMounts)
    openRepository(registry.store, 'production').blobs.set(blob.digest, bytes)
    expect(await wire().client.placeBlob({ ...placement, isMissing: true }, ignore)).toBe('copied')
    expect(methodsOf(registry)).toEqual(['POST 202', 'GET 200', 'PUT 201'])
  })

  test.each([
    { status: 400, who: 'Docker Hub' },
    { status: 401, who: 'Harbor' },
    { status: 403, who: 'Artifactory' },
    { status: 404, who: 'a registry that lost the blob' },
    { status: 405, who: 'zot' },
    { status: 500, who: 'a registry that broke' }
  ])('copies after a refusal by $status ($who)', async ({ status }) => {
    const { registry, placement } = await withinOne({
      name: 'refuses mounts',
      before: exchange => (isMount(exchange) ? errorAnswer(status, 'UNSUPPORTED', 'no mount') : undefined)
    })
    expect(await wire().client.placeBlob(placement, ignore)).toBe('copied')
    expect(hasIt(registry)).toBe(true)
  })

  test('copies where the mount is said to be of another blob', async () => {
    const other = digestOf(Buffer.from('other'))
    const { registry, placement } = await withinOne({
      name: 'mounts something else',
      before: exchange =>
        isMount(exchange) ? { status: 201, headers: { 'docker-content-digest': other } } : undefined
    })
    expect(await wire().client.placeBlob(placement, ignore)).toBe('copied')
    expect(hasIt(registry)).toBe(true)
  })

  test('does not ask for a mount again where the registry never mounts', async () => {
    const { registry, placement } = await withinOne({
      name: 'refuses mounts',
      before: exchange => (isMount(exchange) ? errorAnswer(405, 'UNSUPPORTED', 'no mount') : undefined)
    })
    const { client } = wire()
    await client.placeBlob(placement, ignore)
    await client.placeBlob(placement, ignore)
    expect(registry.log.filter(({ path }) => path.includes('mount='))).toHaveLength(1)
  })
})

test('a broken connection does not keep the next blob from being mounted', async () => {
  const path = `/v2/production/blobs/uploads/?mount=${blob.digest}&from=staging`
  const script = await openScript(
    [
      { method: 'POST', path, answer: { fault: 'reset' } },
      { method: 'HEAD', path: `/v2/production/blobs/${blob.digest}`, answer: { status: 404 } },
      { method: 'POST', path: '/v2/production/blobs/uploads/', answer: { status: 403 } },
      { method: 'POST', path, answer: { status: 201 } }
    ],
    { inOrder: true }
  )
  const [from, to] = ['staging', 'production'].map(
    name => parseReference(`${script.host}/${name}:1`).repository
  ) as [Repository, Repository]
  const { client } = wire()
  await expect(client.placeBlob({ from, to, blob }, ignore)).rejects.toMatchObject({ code: 'DENIED' })
  expect(await client.placeBlob({ from, to, blob }, ignore)).toBe('mounted')
})

describe('placeBlob, within a registry that wants tokens', () => {
  const accounts = { anna: 'pass:wörd' }

  function withTokens(profile?: Profile): Promise<Scene> {
    return openOne({ auth: { kind: 'bearer', accounts }, ...(profile && { profile }) })
  }

  const scopesIn = ({ log }: RegistryServer): string[][] =>
    log
      .filter(({ path }) => path.startsWith('/token'))
      .map(({ path }) => new URL(path, 'http://registry').searchParams.getAll('scope'))

  test('mounts with one token for both repositories', async () => {
    const { registry, placement } = await withTokens()
    expect(await wire({ credential: anna }).client.placeBlob(placement, ignore)).toBe('mounted')
    expect(scopesIn(registry)).toEqual([['repository:production:pull,push', 'repository:staging:pull']])
  })

  test('copies where there is no token for both, and asks for none again', async () => {
    const { registry, placement } = await withTokens({
      name: 'no token for two',
      before: ({ url }) =>
        url.pathname === '/token' && url.searchParams.getAll('scope').length > 1
          ? errorAnswer(403, 'DENIED', 'one at a time')
          : undefined
    })
    const { client } = wire({ credential: anna })
    expect(await client.placeBlob(placement, ignore)).toBe('copied')
    const asked = scopesIn(registry).filter(({ length }) => length > 1)
    expect(asked.length).toBeGreaterThan(0)
    expect(hasIt(registry)).toBe(true)
    expect(await client.placeBlob(placement, ignore)).toBe('present')
    expect(scopesIn(registry).filter(({ length }) => length > 1)).toEqual(asked)
  })
})
