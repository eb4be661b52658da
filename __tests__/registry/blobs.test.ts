/** Tests of getting blobs to where they are wanted, between registries in this process. */
import { describe, expect, test } from '@jest/globals'
import { createServer } from 'node:http'
import { digestOf } from '../../src/oci/digester.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { type Listening, listen } from '../../testing/loopback.ts'
import type { Profile } from '../../testing/profiles.ts'
import { errorAnswer } from '../../testing/registry-exchange.ts'
import { openRepository } from '../../testing/registry-store.ts'
import { betweenTwo as openTwo, blob, bytes, hasIt, ignore, methodsOf, withinOne } from './blob-scenes.ts'
import { anna, wire } from './wired.ts'

const betweenTwo = (profile?: Profile): ReturnType<typeof openTwo> => openTwo(profile && { profile })

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

/** Starts a registry that begins to send a blob, and does not go on; `onClose` is called when its client gives up. */
function startDownload(size: number, onClose: () => void): Promise<Listening> {
  return listen(
    createServer((_request, response) => {
      response.on('close', onClose).writeHead(200, { 'content-length': size }).write('begun')
    })
  )
}

describe('hasBlob', () => {
  test('tells what is there from what is not', async () => {
    const { placement } = await withinOne()
    const { client } = wire()
    expect(await client.hasBlob(placement.from, blob.digest)).toBe(true)
    expect(await client.hasBlob(placement.to, blob.digest)).toBe(false)
  })

  test.each([403, 405, 500])('takes an answer of status %d for no', async status => {
    const { placement } = await withinOne({ profile: failing('HEAD', status, status, status, status) })
    expect(await wire().client.hasBlob(placement.from, blob.digest)).toBe(false)
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

  test.each<[string, string]>([
    ['another algorithm’s, and does not have the blob', `sha512:${'0'.repeat(128)}`],
    ['no digest at all', 'nonsense']
  ])('refuses where the registry says %s', async (_what, named) => {
    const { placement } = await betweenTwo({
      name: 'keeps nothing',
      before: ({ method }) => (method === 'HEAD' ? { status: 404 } : undefined),
      after: ({ method }, answer) =>
        method === 'PUT'
          ? { ...answer, headers: { ...answer.headers, 'docker-content-digest': named } }
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

  test('asks for the blob while its upload is being opened', async () => {
    const asked: string[] = []
    let arrived = (): void => undefined
    const isAsked = new Promise<void>(resolve => (arrived = resolve))
    const source = await withinOne({
      profile: {
        name: 'notes downloads',
        before: ({ method }) => {
          asked.push(method)
          arrived()
          return undefined
        }
      }
    })
    const { registry, placement } = await betweenTwo({
      name: 'opens an upload once the blob has been asked for',
      before: async ({ method }) => {
        if (method === 'POST') await isAsked
        return undefined
      }
    })
    const { from } = source.placement
    expect(await wire().client.placeBlob({ ...placement, from }, ignore)).toBe('copied')
    expect([asked, hasIt(registry)]).toEqual([['GET'], true])
  })

  test('closes the download where no upload can be opened', async () => {
    let closed = (): void => undefined
    const isClosed = new Promise<void>(resolve => (closed = resolve))
    const source = await startDownload(blob.size, closed)
    const { placement } = await betweenTwo(failing('POST', 403))
    const { repository: from } = parseReference(`${source.host}/staging:1`)
    await expect(wire().client.placeBlob({ ...placement, from }, ignore)).rejects.toMatchObject({
      code: 'DENIED'
    })
    await isClosed
    await source.close()
  })
})
