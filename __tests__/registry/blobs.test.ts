/** Tests of getting blobs to where they are wanted, between registries in this process. */
import { describe, expect, test } from '@jest/globals'
import type { Descriptor } from '../../src/core/descriptor.ts'
import { digestOf } from '../../src/core/digest.ts'
import { parseReference } from '../../src/core/reference.ts'
import type { BlobPlacement } from '../../src/registry/blobs.ts'
import type { Profile } from '../support/profiles.ts'
import { type Exchange, errorAnswer } from '../support/registry-exchange.ts'
import type { RegistryServer } from '../support/registry-server.ts'
import { openRepository } from '../support/registry-store.ts'
import { openRegistry } from './opened.ts'
import { anna, wire } from './wired.ts'

const bytes = Buffer.alloc(300_000, 'layer')
const blob: Descriptor = {
  mediaType: 'application/octet-stream',
  digest: digestOf(bytes),
  size: bytes.length
}
const ignore = (): void => undefined

interface Scene {
  readonly registry: RegistryServer
  readonly placement: BlobPlacement
}

/** A registry with a blob in `staging`, which is wanted in `production`. */
async function withinOne(profile?: Profile): Promise<Scene> {
  const registry = await openRegistry(profile && { profile })
  openRepository(registry.store, 'staging').blobs.set(blob.digest, bytes)
  const [from, to] = [repositoryAt(registry, 'staging'), repositoryAt(registry, 'production')]
  return { registry, placement: { from, to, blob } }
}

/** Two registries: the first has the blob, the second wants it. The scene is the second's. */
async function betweenTwo(profile?: Profile): Promise<Scene & { source: RegistryServer }> {
  const { registry: source, placement } = await withinOne()
  const registry = await openRegistry(profile && { profile })
  return { source, registry, placement: { ...placement, to: repositoryAt(registry, 'production') } }
}

function repositoryAt({ host }: RegistryServer, name: string): BlobPlacement['to'] {
  return parseReference(`${host}/${name}:1`).repository
}

const methodsOf = ({ log }: RegistryServer): string[] =>
  log.map(({ method, status }) => `${method} ${status.toString()}`)
const hasIt = ({ store }: RegistryServer): boolean =>
  store.get('production')?.blobs.get(blob.digest)?.length === bytes.length
const isMount = ({ method, url }: Exchange): boolean => method === 'POST' && url.searchParams.has('mount')

/** Answers the first requests of a kind by a script, the rest as the registry does. */
function failing(method: string, ...statuses: readonly number[]): Profile {
  const left = [...statuses]
  return {
    name: 'failing',
    before: exchange => {
      const status = exchange.method === method ? left.shift() : undefined
      return status === undefined ? undefined : errorAnswer(status, 'UNKNOWN', 'not now')
    }
  }
}

describe('hasBlob', () => {
  test('tells what is there from what is not', async () => {
    const { placement } = await withinOne()
    const { client } = wire()
    expect(await client.hasBlob(placement.from, blob.digest)).toBe(true)
    expect(await client.hasBlob(placement.to, blob.digest)).toBe(false)
  })

  test.each([403, 405, 500])('takes an answer of status %d for no', async status => {
    const { placement } = await withinOne(failing('HEAD', status, status))
    expect(await wire().client.hasBlob(placement.from, blob.digest)).toBe(false)
  })
})

describe('placeBlob, within a registry', () => {
  test('mounts', async () => {
    const { registry, placement } = await withinOne()
    expect(await wire().client.placeBlob(placement, ignore)).toBe('mounted')
    expect(registry.log.map(({ line }) => line)).toEqual([
      `POST /v2/production/blobs/uploads/?mount=${blob.digest}&from=staging → 201`
    ])
    expect(hasIt(registry)).toBe(true)
  })

  test('sends the blob to the upload that is opened in place of a mount', async () => {
    const { registry, placement } = await withinOne({
      name: 'never mounts',
      before: (exchange, plain) => {
        if (!isMount(exchange)) return undefined
        const url = new URL(exchange.url)
        url.search = ''
        return plain({ ...exchange, url })
      }
    })
    expect(await wire().client.placeBlob(placement, ignore)).toBe('copied')
    expect(methodsOf(registry)).toEqual(['POST 202', 'GET 200', 'PUT 201'])
    expect(hasIt(registry)).toBe(true)
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

describe('placeBlob, between registries', () => {
  test('copies, and tells of the bytes', async () => {
    const { source, registry, placement } = await betweenTwo()
    let sent = 0
    expect(await wire().client.placeBlob(placement, count => (sent += count))).toBe('copied')
    expect([methodsOf(source), methodsOf(registry)]).toEqual([['GET 200'], ['POST 202', 'PUT 201']])
    expect(registry.log[1]?.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': bytes.length.toString()
    })
    expect([hasIt(registry), sent]).toEqual([true, bytes.length])
  })

  test.each([
    ['the session is lost', [404]],
    ['a range is refused', [416]],
    ['the registry breaks', [500, 502, 503]]
  ])('begins again from the POST when %s', async (_what, statuses) => {
    const { registry, placement } = await betweenTwo(failing('PUT', ...statuses))
    let sent = 0
    expect(await wire().client.placeBlob(placement, count => (sent += count))).toBe('copied')
    expect(methodsOf(registry)).toEqual([
      ...statuses.flatMap(status => ['POST 202', `PUT ${status.toString()}`]),
      'POST 202',
      'PUT 201'
    ])
    expect([hasIt(registry), sent]).toEqual([true, bytes.length])
  })

  test('reads the blob again when its upload has to be authorized first', async () => {
    const challenge = {
      ...errorAnswer(401, 'UNAUTHORIZED', 'who'),
      headers: { 'www-authenticate': 'Basic realm="x"' }
    }
    const { registry, placement } = await betweenTwo({
      name: 'lets nobody end an upload without a password',
      before: ({ method, headers }) =>
        method === 'PUT' && headers.authorization === undefined ? challenge : undefined
    })
    let sent = 0
    const { client } = wire({ credential: anna })
    expect(await client.placeBlob(placement, count => (sent += count))).toBe('copied')
    expect([hasIt(registry), sent]).toEqual([true, bytes.length])
  })

  test('begins again when no upload can be opened for a while', async () => {
    const { registry, placement } = await betweenTwo(failing('POST', 503, 503))
    expect(await wire().client.placeBlob(placement, ignore)).toBe('copied')
    expect(methodsOf(registry)).toEqual(['POST 503', 'POST 503', 'POST 202', 'PUT 201'])
  })

  test('fails when it had to begin again four times', async () => {
    const { registry, placement } = await betweenTwo(failing('PUT', 500, 500, 500, 500))
    await expect(wire().client.placeBlob(placement, ignore)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE'
    })
    expect(registry.log.filter(({ method }) => method === 'POST')).toHaveLength(4)
  })

  test.each([
    [400, 'REGISTRY_REJECTED'],
    [403, 'DENIED']
  ])('does not begin again after a refusal by %d', async (status, code) => {
    const { registry, placement } = await betweenTwo(failing('PUT', status))
    await expect(wire().client.placeBlob(placement, ignore)).rejects.toMatchObject({ code })
    expect(registry.log).toHaveLength(2)
  })

  test('fails when no upload may be opened', async () => {
    const { placement } = await betweenTwo(failing('POST', 403))
    await expect(wire().client.placeBlob(placement, ignore)).rejects.toMatchObject({ code: 'DENIED' })
  })

  test('refuses what the registry says it has, when that is something else', async () => {
    const { placement } = await betweenTwo({
      name: 'says another digest',
      after: ({ method }, answer) =>
        method === 'PUT'
          ? { ...answer, headers: { ...answer.headers, 'docker-content-digest': digestOf(Buffer.from('x')) } }
          : answer
    })
    await expect(wire().client.placeBlob(placement, ignore)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH'
    })
  })

  test('does not finish an upload of other bytes than the descriptor says', async () => {
    const { source, registry, placement } = await betweenTwo()
    openRepository(source.store, 'staging').blobs.set(blob.digest, Buffer.alloc(bytes.length, 'other'))
    await expect(wire().client.placeBlob(placement, ignore)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH'
    })
    expect(hasIt(registry)).toBe(false)
  })

  test('fails when the source does not have the blob', async () => {
    const { source, placement } = await betweenTwo()
    openRepository(source.store, 'staging').blobs.clear()
    await expect(wire().client.placeBlob(placement, ignore)).rejects.toMatchObject({
      code: 'REGISTRY_REJECTED'
    })
  })
})
