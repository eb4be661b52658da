/** Holds the in-process registry to what the real one does: every case but the last few runs against both. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type Image,
  artifact,
  descriptorOf,
  digestOf,
  dockerImage,
  image,
  indexOf,
  mediaTypes,
  referrerOf
} from '../testing/images.ts'
import { type Place, openUpload, pull, push, pushBlob } from '../testing/push.ts'
import { type Running, registries } from '../testing/registries.ts'
import { type RegistryServer, startRegistry } from '../testing/registry-server.ts'

const octets = { 'content-type': 'application/octet-stream' }

const kinds: [string, Image][] = [
  ['an OCI image', image()],
  ['a Docker image', dockerImage()],
  ['an OCI index', indexOf([image(), image({ platform: 'linux/arm64/v8' })])],
  ['a Docker list', indexOf([dockerImage()], { mediaType: mediaTypes.dockerList })],
  ['an artifact', artifact()],
  ['JSON in unusual form', image({ format: json => Buffer.from(` ${JSON.stringify(json, null, '\t')}\r\n`) })]
]

describe.each(registries)('$name', ({ open }) => {
  let registry: Running
  let to: Place
  beforeAll(async () => {
    registry = await open()
    to = { base: registry.base, repository: 'acme/app' }
  })
  afterAll(() => registry.close())
  const address = (path: string): string => `${registry.base}/v2/${path}`

  test('speaks version 2 of the API', async () => {
    const { status, headers } = await fetch(address(''))
    expect([status, headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0'])
  })

  test.each(kinds)('serves %s byte for byte as it was pushed', async (_kind, pushed) => {
    await push(to, pushed, ['pushed'])
    const pulled = await pull(to, 'pushed')
    expect(pulled).toMatchObject({ mediaType: pushed.mediaType, digest: pushed.digest })
    expect(Buffer.compare(pulled?.bytes ?? new Uint8Array(), pushed.bytes)).toBe(0)
    expect(await pull(to, pushed.digest)).toEqual(pulled)
  })

  test('answers HEAD with type, length and digest, by tag and by digest', async () => {
    const { mediaType, digest, bytes } = image()
    await push(to, image(), ['head'])
    for (const reference of ['head', digest]) {
      const request = { method: 'HEAD', headers: { accept: mediaType } }
      const { status, headers } = await fetch(address(`acme/app/manifests/${reference}`), request)
      expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
        status: 200,
        'content-type': mediaType,
        'content-length': bytes.length.toString(),
        'docker-content-digest': digest,
        etag: `"${digest}"`
      })
    }
  })

  test('answers the upload of a manifest with its address and its digest', async () => {
    const { digest } = image()
    await push(to, image(), [])
    const { status, headers } = await fetch(address('acme/app/manifests/put'), uploadOf(image()))
    expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
      status: 201,
      location: address(`acme/app/manifests/${digest}`),
      'docker-content-digest': digest
    })
  })

  test('refuses a manifest under a digest that is not its own, and keeps nothing', async () => {
    const wrong = digestOf(Buffer.from('wrong'))
    await push(to, image(), [])
    const response = await fetch(address(`acme/app/manifests/${wrong}`), uploadOf(image()))
    expect(await refusal(response)).toEqual([400, 'DIGEST_INVALID'])
    expect(await pull(to, wrong)).toBeUndefined()
  })

  test('points a tag at what was pushed last, and keeps what it pointed to', async () => {
    const [first, second] = [image({ seed: 'first' }), image({ seed: 'second' })]
    await push(to, first, ['moving'])
    await push(to, second, ['moving'])
    expect((await pull(to, 'moving'))?.digest).toBe(second.digest)
    expect((await pull(to, first.digest))?.digest).toBe(first.digest)
  })

  test('lists the tags of a repository', async () => {
    await push({ ...to, repository: 'acme/listed' }, image(), ['b', 'a', 'C'])
    const response = await fetch(address('acme/listed/tags/list'))
    const { name, tags } = (await response.json()) as { name: string; tags: string[] }
    // distribution 2.8 lists them in the order of its directory.
    expect([name, tags.sort()]).toEqual(['acme/listed', ['C', 'a', 'b']])
  })

  const absent = digestOf(Buffer.from('absent'))
  test.each([
    ['tag', 'acme/app/manifests/absent', 'MANIFEST_UNKNOWN'],
    ['digest', `acme/app/manifests/${absent}`, 'MANIFEST_UNKNOWN'],
    ['manifest in an unknown repository', 'acme/absent/manifests/absent', 'MANIFEST_UNKNOWN'],
    ['blob', `acme/app/blobs/${absent}`, 'BLOB_UNKNOWN'],
    ['repository', 'acme/absent/tags/list', 'NAME_UNKNOWN']
  ])('answers 404 for an unknown %s', async (_what, path, code) => {
    await push(to, image(), [])
    expect(await refusal(await fetch(address(path)))).toEqual([404, code])
  })

  test.each([
    ['tag', 'manifests/absent'],
    ['digest', `manifests/${absent}`],
    ['blob', `blobs/${absent}`]
  ])('answers HEAD for an unknown %s with 404 and no digest', async (_what, path) => {
    const { status, headers } = await fetch(address(`acme/app/${path}`), { method: 'HEAD' })
    expect([status, headers.get('docker-content-digest')]).toEqual([404, null])
  })

  test('serves a blob, and any range of it', async () => {
    const { digest } = await pushText(to, 'a blob')
    const whole = await fetch(address(`acme/app/blobs/${digest}`))
    expect([whole.status, await whole.text()]).toEqual([200, 'a blob'])
    expect(whole.headers.get('docker-content-digest')).toBe(digest)
    const part = await fetch(address(`acme/app/blobs/${digest}`), { headers: { range: 'bytes=2-' } })
    expect([part.status, await part.text()]).toEqual([206, 'blob'])
    expect(part.headers.get('content-range')).toBe('bytes 2-5/6')
    const beyond = await fetch(address(`acme/app/blobs/${digest}`), { headers: { range: 'bytes=6-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */6'])
  })

  test('takes a blob in pieces', async () => {
    let location = await openUpload(to)
    let received = 0
    for (const piece of ['in ', 'three ', 'pieces']) {
      const { status, headers } = await fetch(location, { method: 'PATCH', headers: octets, body: piece })
      received += piece.length
      expect([status, headers.get('range')]).toEqual([202, `0-${(received - 1).toString()}`])
      location = new URL(headers.get('location') ?? '')
    }
    const { digest } = blobOf('in three pieces')
    location.searchParams.set('digest', digest)
    const { status, headers } = await fetch(location, { method: 'PUT', headers: octets })
    expect({ status, ...Object.fromEntries(headers) }).toMatchObject({
      status: 201,
      location: address(`acme/app/blobs/${digest}`),
      'docker-content-digest': digest
    })
    expect(await (await fetch(address(`acme/app/blobs/${digest}`))).text()).toBe('in three pieces')
  })

  test('refuses a blob that has another digest', async () => {
    const { digest } = blobOf('another')
    await expect(pushBlob(to, { digest, bytes: Buffer.from('one') })).rejects.toThrow(/400.*DIGEST_INVALID/)
    expect((await fetch(address(`acme/app/blobs/${digest}`))).status).toBe(404)
  })

  test('lets an upload be looked at and given up', async () => {
    const location = await openUpload(to)
    expect((await fetch(location)).status).toBe(204)
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(204)
    expect((await fetch(location)).status).toBe(404)
  })

  test('mounts a blob that the other repository has, else opens an upload', async () => {
    const { digest } = await pushText(to, 'mounted')
    const mount = (from: string): Promise<Response> =>
      fetch(address(`acme/other/blobs/uploads/?mount=${digest}&from=${from}`), { method: 'POST' })
    expect((await mount('acme/absent')).status).toBe(202)
    const { status, headers } = await mount('acme/app')
    expect([status, headers.get('docker-content-digest')]).toEqual([201, digest])
    expect(headers.get('location')).toBe(address(`acme/other/blobs/${digest}`))
    expect(await (await fetch(address(`acme/other/blobs/${digest}`))).text()).toBe('mounted')
  })
})

describe('the in-process registry alone', () => {
  let registry: RegistryServer
  beforeAll(async () => {
    registry = await startRegistry()
  })
  afterAll(() => registry.close())
  const upload = (reference: string, manifest: Pick<Image, 'mediaType' | 'bytes'>): Promise<Response> =>
    fetch(`${registry.base}/v2/acme/app/manifests/${reference}`, uploadOf(manifest))

  // distribution 2.8 has no referrers API.
  test('lists what refers to a manifest', async () => {
    const subject = image()
    const referrer = referrerOf(subject, { artifactType: 'application/vnd.example.signature' })
    registry.seed('acme/app', subject, ['1'])
    const uploaded = await upload(referrer.digest, referrer)
    expect(uploaded.headers.get('oci-subject')).toBe(subject.digest)
    const listed = await fetch(`${registry.base}/v2/acme/app/referrers/${subject.digest}`)
    expect(listed.headers.get('content-type')).toBe(mediaTypes.ociIndex)
    expect(await listed.json()).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...descriptorOf(referrer), artifactType: 'application/vnd.example.signature' }]
    })
  })

  // distribution takes nothing that it cannot read.
  test('keeps bytes that are no manifest at all', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00])
    await upload('1', { mediaType: mediaTypes.ociManifest, bytes })
    const pulled = await pull({ base: registry.base, repository: 'acme/app' }, '1')
    expect(Buffer.from(pulled?.bytes ?? [])).toEqual(bytes)
  })
})

function uploadOf({ mediaType, bytes }: Pick<Image, 'mediaType' | 'bytes'>): RequestInit {
  return { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes }
}

async function pushText(to: Place, text: string): Promise<{ digest: string }> {
  const blob = blobOf(text)
  await pushBlob(to, blob)
  return blob
}

function blobOf(text: string): { bytes: Uint8Array; digest: string } {
  const bytes = Buffer.from(text)
  return { bytes, digest: digestOf(bytes) }
}

/** The status and the code of an error. */
async function refusal(response: Response): Promise<[number, string | undefined]> {
  const { errors } = (await response.json()) as { errors: readonly { code: string }[] }
  return [response.status, errors[0]?.code]
}
