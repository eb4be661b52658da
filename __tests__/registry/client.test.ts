/** Tests of the client: what it asks, and what it makes of the answers. */
import { describe, expect, test } from '@jest/globals'
import { parseDigest } from '../../src/oci/digest.ts'
import { parseReference } from '../../src/oci/reference.ts'
import { parseRegistry } from '../../src/oci/registry-host.ts'
import { RegistryClient } from '../../src/registry/client.ts'
import { digestOf, image, mediaTypes } from '../../testing/images.ts'
import { type Profile, alwaysOk, denying, noDigestHeader, rewriting } from '../../testing/profiles.ts'
import type { Answer, Exchange, Script } from '../../testing/scripted-server.ts'
import { openRegistry, openScript } from './opened.ts'
import { answerTo } from './requests.ts'
import type { IsExpected } from '../../src/registry/client.ts'
import { type Wired, at, tagAt, wire } from './wired.ts'

const { bytes, mediaType, digest } = image()
const other = digestOf(Buffer.from('other'))
const sha512 = digestOf(bytes, 'sha512')
const page = '/v2/acme/app/manifests/1'
const asked = (method: string, answer: Answer, times: Exchange['times'] = 1): Exchange => {
  return { method, path: page, answer, times }
}
const acceptable = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
  'application/vnd.oci.artifact.manifest.v1+json'
]
const named = (...digests: string[]): Answer => ({
  status: 200,
  headers: { 'content-type': mediaType, ...(digests.length > 0 && { 'docker-content-digest': digests }) }
})
const linesOf = ({ requests }: Pick<Script, 'requests'>): string[] =>
  requests.map(({ method, status }) => `${method} ${status.toString()}`)

describe('getManifest', () => {
  test('is asked for by the five types it may have: no schema 1, no wildcard', async () => {
    const registry = await openRegistry()
    registry.seed('acme/app', image(), ['1'])
    const { client } = wire()
    await client.getManifest(at(registry, ':1'))
    await client.headManifest(at(registry, ':1'))
    expect(registry.log.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
    for (const { headers } of registry.log) {
      expect(headers.accept?.split(', ').sort()).toEqual(acceptable.sort())
      expect(headers['accept-encoding']).toBe('identity')
    }
  })

  test('is asked for by its digest where the reference has one', async () => {
    const registry = await openRegistry()
    registry.seed('acme/app', image(), [])
    expect(await wire().client.getManifest(at(registry, `:1@${digest}`))).toMatchObject({ digest })
    expect(registry.log.map(({ path }) => path)).toEqual([`/v2/acme/app/manifests/${digest}`])
  })

  test.each([
    ['alpine:1', 'https://registry-1.docker.io/v2/library/alpine/manifests/1'],
    ['index.docker.io/acme/app:1', 'https://registry-1.docker.io/v2/acme/app/manifests/1'],
    ['ghcr.io/acme/app:1', 'https://ghcr.io/v2/acme/app/manifests/1'],
    ['registry.example:5000/app:1', 'https://registry.example:5000/v2/app/manifests/1'],
    ['plain.example/app:1', 'http://plain.example/v2/app/manifests/1'],
    ['localhost/app:1', 'http://localhost/v2/app/manifests/1'],
    ['[::1]:5000/app:1', 'http://[::1]:5000/v2/app/manifests/1']
  ])('%s is at %s', async (reference, url) => {
    const asked: string[] = []
    const insecure = new Set([parseRegistry('plain.example')])
    const client = new RegistryClient(
      request => {
        asked.push(request.url.href)
        return Promise.resolve(answerTo(request, { status: 404 }))
      },
      { insecure, wantsTls: () => false, actionsIn: () => ['pull'], pause: () => Promise.resolve() }
    )
    expect(await client.getManifest(parseReference(reference))).toBeUndefined()
    expect(await client.headManifest(parseReference(reference))).toBeUndefined()
    expect(asked).toEqual([url, url])
  })

  test('is undefined where the registry has none, whatever it says', async () => {
    for (const body of ['', '<html>404</html>', '{"errors":[{"code":"NAME_UNKNOWN"}]}'])
      expect(await getting({ status: 404, body })).toBeUndefined()
  })

  test.each([
    [204, 'REGISTRY_REJECTED'],
    [206, 'REGISTRY_REJECTED'],
    [304, 'REGISTRY_REJECTED'],
    [400, 'REGISTRY_REJECTED'],
    [403, 'DENIED'],
    [406, 'REGISTRY_REJECTED'],
    [429, 'REGISTRY_UNAVAILABLE'],
    [502, 'REGISTRY_UNAVAILABLE']
  ])('is refused with status %i: %s', async (status, code) => {
    await expect(getting({ status })).rejects.toMatchObject({ code })
  })
})

describe('headManifest', () => {
  test.each([
    ['sha256', digest],
    ['sha512', sha512]
  ])('takes the %s digest that the header names, with one request', async (_algorithm, header) => {
    const script = await openScript([asked('HEAD', named(header))])
    expect(await wire().client.headManifest(at(script, ':1'))).toBe(header)
  })

  test('is undefined where there is none', async () => {
    const script = await openScript([asked('HEAD', { status: 404 })])
    expect(await wire().client.headManifest(at(script, ':1'))).toBeUndefined()
  })

  test('computes the digest where no header names it', async () => {
    const registry = await openRegistry({ profile: noDigestHeader })
    registry.seed('acme/app', image(), ['1'])
    expect(await wire().client.headManifest(at(registry, ':1'))).toBe(digest)
    expect(registry.log.map(({ method }) => method)).toEqual(['HEAD', 'GET'])
  })

  test.each([
    ['HEAD is not known', { status: 405 }],
    ['HEAD fails', { status: 500 }],
    ['the header holds no digest', named('sha256:12')],
    ['the header holds the digest twice', named(digest, digest)],
    ['there is no content', { status: 204, headers: { 'docker-content-digest': other } }]
  ])('asks by GET where %s', async (_what, answer) => {
    const get = { ...named(digest), body: bytes }
    const script = await openScript([asked('HEAD', answer, 'any'), asked('GET', get)])
    expect(await wire().client.headManifest(at(script, ':1'))).toBe(digest)
    expect(linesOf(script).slice(-2)).toEqual([expect.stringContaining('HEAD'), 'GET 200'])
  })

  test('is undefined where GET finds none', async () => {
    const script = await openScript([asked('HEAD', named()), asked('GET', { status: 404 })], {
      inOrder: true
    })
    expect(await wire().client.headManifest(at(script, ':1'))).toBeUndefined()
  })

  test('learns by GET why it is refused', async () => {
    const get = { status: 403, body: '{"errors":[{"code":"DENIED","message":"not yours"}]}' }
    const script = await openScript([asked('HEAD', { status: 403 }), asked('GET', get)], { inOrder: true })
    await expect(wire().client.headManifest(at(script, ':1'))).rejects.toMatchObject({
      code: 'DENIED',
      message: `DENIED: not yours (GET ${script.base}${page} → status 403)`
    })
  })
})

describe('putManifest', () => {
  test('is content with 201 and the digest', async () => {
    const script = await openScript([asked('PUT', { ...named(digest), status: 201 })])
    await putting(script)
    const [{ headers } = { headers: {} }] = script.requests
    expect(headers).toMatchObject({ 'content-type': mediaType, 'content-length': bytes.length.toString() })
  })

  test.each([
    ['201 without a digest', { ...named(), status: 201 }],
    ['200', named(digest)],
    ['202', { ...named(digest), status: 202 }],
    ['204', { ...named(digest), status: 204 }]
  ])('looks where the answer is %s', async (_what, answer) => {
    const script = await openScript([asked('PUT', answer), asked('HEAD', named(digest))], { inOrder: true })
    await putting(script)
  })

  test.each([
    ['finds another', asked('HEAD', named(other)), other],
    ['finds none', asked('HEAD', { status: 404 }), 'nothing']
  ])('fails where it looks and %s', async (_what, looked, found) => {
    const script = await openScript([asked('PUT', named(digest)), { ...looked, times: 5 }], { inOrder: true })
    await expect(putting(script)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      message: `uploaded ${digest}, the registry has ${found}`
    })
  })

  test.each([
    ['503', { status: 503 }],
    ['429', { status: 429 }]
  ])(
    'reads the tag before it repeats an upload, and ends where it has changed: after %s',
    async (_what, answer) => {
      const script = await openScript([asked('PUT', answer), asked('HEAD', named(other))], { inOrder: true })
      const expected: unknown[] = []
      await expect(
        putting(script, {
          isExpected: found => {
            expected.push(found)
            return false
          }
        })
      ).rejects.toMatchObject({ name: 'TagChangedError', found: other })
      expect(expected).toEqual([other])
      expect(linesOf(script).filter(line => line.startsWith('PUT'))).toHaveLength(1)
    }
  )

  test('retries an upload if the tag points to what is expected, and not if it points to the image by now', async () => {
    const done = asked('PUT', { ...named(digest), status: 201 })
    const again = await openScript([asked('PUT', { status: 503 }), asked('HEAD', named(other)), done], {
      inOrder: true
    })
    await putting(again, { isExpected: found => found === other })
    const found = await openScript([asked('PUT', { status: 503 }), asked('HEAD', named(digest))], {
      inOrder: true
    })
    await putting(found, { isExpected: () => false })
    expect(linesOf(found)).toHaveLength(2)
  })

  test('retries an upload to a tag that it may not read, unless it depends on what the tag points to', async () => {
    const unreadable = [
      asked('PUT', { status: 503 }),
      asked('HEAD', { status: 403 }),
      asked('GET', { status: 403 })
    ]
    const any = await openScript([...unreadable, asked('PUT', { ...named(digest), status: 201 })], {
      inOrder: true
    })
    await putting(any)
    expect(linesOf(any).at(-1)).toBe('PUT 201')
    const guarded = await openScript(unreadable, { inOrder: true })
    await expect(putting(guarded, { isExpected: () => true })).rejects.toMatchObject({ code: 'DENIED' })
  })

  test('looks again where the registry shows the old state for a while', async () => {
    const looks = [{ status: 404 }, named(other), named(digest)].map(answer => asked('HEAD', answer))
    const script = await openScript([asked('PUT', named()), ...looks], { inOrder: true })
    await putting(script)
  })

  test.each([
    ['another digest', [other]],
    ['no digest', ['sha256:12']],
    ['the digest twice', [digest, digest]],
    ['two digests', [digest, other]],
    ['another sha512 digest', [digestOf(Buffer.from('other'), 'sha512')]]
  ])('fails where the answer names %s', async (_what, digests) => {
    const script = await openScript([asked('PUT', { ...named(...digests), status: 201 })])
    await expect(putting(script)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  test('is content with the digest by another algorithm', async () => {
    const source = await openScript([
      { method: 'GET', path: `/v2/acme/app/manifests/${sha512}`, answer: { body: bytes } }
    ])
    const script = await openScript([asked('PUT', { ...named(digest), status: 201 })])
    const { client } = wire()
    const manifest = await client.getManifest(at(source, `@${sha512}`))
    expect(manifest?.digest).toBe(sha512)
    if (manifest !== undefined) await client.putManifest(tagAt(script, '1'), manifest)
  })

  test.each([
    [300, 'REGISTRY_REJECTED', 1],
    [307, 'REGISTRY_REJECTED', 1],
    [400, 'REGISTRY_REJECTED', 1],
    [401, 'UNAUTHORIZED', 1],
    [413, 'REGISTRY_REJECTED', 1],
    [503, 'REGISTRY_UNAVAILABLE', 4],
    [205, 'REGISTRY_REJECTED', 1]
  ])('fails with status %i: %s, after attempts: %i', async (status, code, attempts) => {
    const answer = {
      status,
      headers: { location: 'https://elsewhere.example/', 'docker-content-digest': digest }
    }
    const script = await openScript([asked('PUT', answer, 'any'), asked('HEAD', { status: 404 }, 'any')])
    await expect(putting(script)).rejects.toMatchObject({ code })
    expect(linesOf(script).filter(line => line !== 'HEAD 404')).toEqual(
      Array(attempts).fill(`PUT ${status.toString()}`)
    )
  })

  test('fails with status 429 forever: REGISTRY_UNAVAILABLE, after two minutes', async () => {
    const script = await openScript([
      asked('PUT', { status: 429 }, 'any'),
      asked('HEAD', { status: 404 }, 'any')
    ])
    const wired = wire()
    await expect(putting(script, { wired })).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' })
    const slept = wired.slept.reduce((sum, duration) => sum + duration, 0)
    expect(slept).toBeGreaterThan(100_000)
    expect(slept).toBeLessThan(140_000)
  })

  test.each([
    ['keeps other bytes', rewriting, 'DIGEST_MISMATCH'],
    ['lets nobody write', denying, 'DENIED'],
    ['is a web server that answers anything with its start page', alwaysOk, 'MANIFEST_UNSUPPORTED']
  ] as [string, Profile, string][])('fails where the registry %s', async (_what, profile, code) => {
    await expect(putting(await openRegistry({ profile }))).rejects.toMatchObject({ code })
  })
})

/** Uploads an image under the tag 1. */
async function putting(
  to: { readonly host: string },
  { isExpected, wired = wire() }: { readonly isExpected?: IsExpected; readonly wired?: Wired } = {}
): Promise<void> {
  const content = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>
  const manifest = { bytes, digest: parseDigest(digest), mediaType, kind: 'image', content } as const
  await wired.client.putManifest(tagAt(to, '1'), manifest, isExpected)
}

/** Reads what is under the tag 1, where the registry gives this answer. */
async function getting(answer: Answer): Promise<unknown> {
  const script = await openScript([asked('GET', answer, 'any')])
  return wire().client.getManifest(at(script, ':1'))
}
