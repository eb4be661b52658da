/** Tests of copying blobs between servers that behave badly: redirects, broken downloads, odd locations. */
import { describe, expect, test } from '@jest/globals'
import type { Descriptor } from '../../src/oci/descriptor.ts'
import { digestOf } from '../../src/oci/digester.ts'
import { parseReference } from '../../src/oci/reference.ts'
import type { Placement } from '../../src/oci/placement.ts'
import type { Answer, Exchange, Script } from '../../testing/scripted-server.ts'
import { openRegistry, openScript } from './opened.ts'
import { anna, annaBasic, wire } from './wired.ts'

const bytes = Buffer.alloc(200_000, 'layer')
const half = bytes.length / 2
const blob: Descriptor = {
  mediaType: 'application/octet-stream',
  digest: digestOf(bytes),
  size: bytes.length
}
const get = `/v2/acme/app/blobs/${blob.digest}`
const post = '/v2/acme/app/blobs/uploads/'
const ignore = (): void => undefined
const rest: Answer = {
  status: 206,
  headers: {
    'content-range': `bytes ${half.toString()}-${(bytes.length - 1).toString()}/${bytes.length.toString()}`
  },
  body: bytes.subarray(half)
}

function placementBetween(from: { host: string }, to: { host: string }): Placement {
  const [source, target] = [from, to].map(({ host }) => parseReference(`${host}/acme/app:1`).repository)
  if (source === undefined || target === undefined) throw new Error('unreachable')
  return { from: source, to: target, blob }
}

/** Downloads from a script into the in-process registry. */
async function downloadBy(
  exchanges: readonly Exchange[]
): Promise<{ source: Script; sent: number; isThere: boolean }> {
  const source = await openScript(exchanges, { inOrder: true })
  const target = await openRegistry()
  let sent = 0
  await wire({ credential: anna }).client.placeBlob(
    placementBetween(source, target),
    count => (sent += count)
  )
  const stored = target.store.get('acme/app')?.blobs.get(blob.digest)
  return { source, sent, isThere: stored?.length === bytes.length && bytes.equals(stored) }
}

/** Uploads to a script from the in-process registry. */
async function uploadBy(exchanges: readonly Exchange[]): Promise<Script> {
  const target = await openScript(exchanges, { inOrder: true })
  const source = await openRegistry()
  source.store.set('acme/app', {
    blobs: new Map([[blob.digest, bytes]]),
    manifests: new Map(),
    tags: new Map()
  })
  await wire({ credential: anna }).client.placeBlob(placementBetween(source, target), ignore)
  return target
}

const challenge: Answer = { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
const created: Answer = { status: 201 }

describe('a download', () => {
  test('resumes with Range where it broke', async () => {
    const { source, sent, isThere } = await downloadBy([
      { method: 'GET', path: get, answer: { body: bytes, fault: 'truncate' } },
      { method: 'GET', path: get, answer: rest }
    ])
    expect(source.requests[1]?.headers.range).toBe(`bytes=${half.toString()}-`)
    expect([isThere, sent]).toEqual([true, bytes.length])
  })

  test('restarts if the registry does not support Range', async () => {
    const { isThere } = await downloadBy([
      { method: 'GET', path: get, answer: { body: bytes, fault: 'truncate' } },
      { method: 'GET', path: get, answer: { body: bytes } }
    ])
    expect(isThere).toBe(true)
  })

  test('begins again where the part is another than was asked for', async () => {
    const { source, isThere } = await downloadBy([
      { method: 'GET', path: get, answer: { body: bytes, fault: 'truncate' } },
      {
        method: 'GET',
        path: get,
        answer: { status: 206, headers: { 'content-range': 'bytes 0-9/10' }, body: 'x' }
      },
      { method: 'GET', path: get, answer: { body: bytes } }
    ])
    expect(source.requests[2]?.headers.range).toBeUndefined()
    expect(isThere).toBe(true)
  })

  test('is redirected to a storage host, which sees no credential, and asks the registry again after a break', async () => {
    const storage = await openScript(
      [
        { method: 'GET', path: '/signed?sig=1', answer: { body: bytes, fault: 'truncate' } },
        { method: 'GET', path: '/signed?sig=2', answer: rest }
      ],
      { inOrder: true }
    )
    const redirectTo = (signature: number): Answer => ({
      status: 307,
      headers: { location: `${storage.base}/signed?sig=${signature.toString()}` }
    })
    const { source, isThere } = await downloadBy([
      { method: 'GET', path: get, answer: challenge },
      { method: 'GET', path: get, answer: redirectTo(1) },
      { method: 'GET', path: get, answer: redirectTo(2) }
    ])
    expect(isThere).toBe(true)
    expect(source.requests[1]?.authorization).toBe(annaBasic)
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
    expect(storage.requests[1]?.headers.range).toBe(`bytes=${half.toString()}-`)
  })

  test('ends when it breaks again and again', async () => {
    const breaks = { method: 'GET', path: get, answer: { body: bytes, fault: 'truncate' as const }, times: 5 }
    await expect(downloadBy([breaks])).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
  })
})

describe('an upload', () => {
  test('keeps the query of a relative location', async () => {
    const path = '/up/1?_nouploadcache=false&_state=a%2Fb+c=='
    await uploadBy([
      { method: 'POST', path: post, answer: { status: 202, headers: { location: path } } },
      { method: 'PUT', path: `${path}&digest=${blob.digest}`, answer: created }
    ])
  })

  test('shows its credential to the registry, and none to another origin', async () => {
    const storage = await openScript([
      { method: 'PUT', path: `/up?sig=x&digest=${blob.digest}`, answer: created }
    ])
    const target = await uploadBy([
      { method: 'POST', path: post, answer: challenge },
      {
        method: 'POST',
        path: post,
        answer: { status: 202, headers: { location: `${storage.base}/up?sig=x` } }
      }
    ])
    expect(target.requests[1]?.authorization).toBe(annaBasic)
    expect(storage.requests[0]?.authorization).toBeUndefined()
  })

  test('is not sent again where it has arrived and only the answer was lost', async () => {
    await uploadBy([
      { method: 'POST', path: post, answer: { status: 202, headers: { location: '/up/1' } } },
      { method: 'PUT', path: `/up/1?digest=${blob.digest}`, answer: { fault: 'reset' } },
      { method: 'HEAD', path: get, answer: { status: 200 } }
    ])
  })

  test.each<[string, Exchange[]]>([
    ['has not arrived', [{ method: 'HEAD', path: get, answer: { status: 404 } }]],
    [
      'cannot be asked for',
      Array<Exchange>(4).fill({ method: 'HEAD', path: get, answer: { fault: 'reset' } })
    ]
  ])('begins again from the POST when the connection is lost and the blob %s', async (_what, looks) => {
    await uploadBy([
      { method: 'POST', path: post, answer: { status: 202, headers: { location: '/up/1' } } },
      { method: 'PUT', path: `/up/1?digest=${blob.digest}`, answer: { fault: 'reset' } },
      ...looks,
      { method: 'POST', path: post, answer: { status: 202, headers: { location: '/up/2' } } },
      { method: 'PUT', path: `/up/2?digest=${blob.digest}`, answer: created }
    ])
  })

  test('fails when it is led nowhere', async () => {
    const uploading = uploadBy([{ method: 'POST', path: post, answer: { status: 202 } }])
    await expect(uploading).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })

  test('is not redirected', async () => {
    const elsewhere = { location: 'https://evil.example/' }
    const uploading = uploadBy([{ method: 'POST', path: post, answer: { status: 307, headers: elsewhere } }])
    await expect(uploading).rejects.toMatchObject({ code: 'REGISTRY_REJECTED' })
  })
})
