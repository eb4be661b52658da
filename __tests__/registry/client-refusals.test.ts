/** Tests of what the client does not take for the manifest that was asked for. */
import { describe, expect, test } from '@jest/globals'
import { MAXIMUM_MANIFEST_BYTES, readManifest } from '../../src/oci/manifest.ts'
import { dockerImage, digestOf, image, indexOf, mediaTypes, schema1 } from '../../testing/images.ts'
import { type Profile, legacy28, silentChild, textPlain } from '../../testing/profiles.ts'
import type { Answer } from '../../testing/scripted-server.ts'
import { openRegistry, openScript } from './opened.ts'
import { at, wire } from './wired.ts'

describe('a manifest is refused', () => {
  const { bytes, mediaType, digest } = image()
  const headers = { 'content-type': mediaType }
  const large = Buffer.concat([bytes, Buffer.alloc(MAXIMUM_MANIFEST_BYTES + 1 - bytes.length, ' ')])

  test.each([
    ['is a byte larger than 4 MiB', { headers, body: large }],
    ['never ends', { headers, body: Buffer.alloc(64 * 1024, ' '), fault: 'endless' }]
  ] as [string, Answer][])('that %s', async (_what, answer) => {
    await expect(getting(answer)).rejects.toMatchObject({
      code: 'MANIFEST_UNSUPPORTED',
      message: expect.stringContaining('4 MiB')
    })
  })

  test.each([
    ['ends in its middle', { headers, body: bytes, fault: 'truncate' }, 'REGISTRY_UNAVAILABLE'],
    ['stops in its middle', { headers, body: bytes, fault: 'stall-body' }, 'TIMED_OUT']
  ] as [string, Answer, string][])('that %s', async (_what, answer, code) => {
    await expect(getting(answer)).rejects.toMatchObject({ code })
  })

  const other = digestOf(Buffer.from('other'))
  test.each([
    ['another digest in the header', ':1', other],
    ['a digest in the header that is none', ':1', 'sha256:12'],
    ['an upper-case digest in the header', ':1', digest.toUpperCase()],
    ['an unknown algorithm in the header', ':1', `md5:${'a'.repeat(32)}`],
    ['an empty header', ':1', ''],
    ['the digest twice in the header', ':1', [digest, digest]],
    ['two digests in the header', ':1', [digest, other]],
    ['another sha512 digest in the header', ':1', digestOf(Buffer.from('other'), 'sha512')],
    ['another digest than it was asked for by', `@${other}`, undefined],
    ['another digest, though the header repeats what was asked for', `@${other}`, other],
    ['another digest, though the header is right', `@${other}`, digest],
    ['another digest in the header than it was asked for by', `@${digest}`, other],
    ['another sha512 digest than it was asked for by', `@${digestOf(Buffer.from('other'), 'sha512')}`, digest]
  ] as [string, string, string | string[] | undefined][])('with %s', async (_what, reference, header) => {
    const named = header === undefined ? {} : { 'docker-content-digest': header }
    const answer = { headers: { ...headers, ...named }, body: bytes }
    await expect(getting(answer, reference)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })
})

test.each(['<!doctype html><title>Log in</title>', '\r\n <html lang="en">'])(
  'a page in the place of a manifest is said to come from where it came: %s',
  async body => {
    const login = await openScript([{ method: 'GET', path: '/login?next=x', answer: { body } }])
    const answer = { status: 302, headers: { location: `${login.base}/login?next=x` } }
    await expect(getting(answer)).rejects.toMatchObject({
      code: 'MANIFEST_UNSUPPORTED',
      message: `GET ${login.base}/login: the answer is a web page, not a manifest`
    })
  }
)

test('an upload that timed out is said to be done perhaps', async () => {
  const { bytes, mediaType } = image()
  const manifest = readManifest({ bytes, contentType: mediaType })
  const path = '/v2/acme/app/manifests/1'
  const stall = { path, answer: { fault: 'stall' as const }, times: 'any' as const }
  const script = await openScript([
    { method: 'PUT', ...stall },
    { method: 'HEAD', ...stall }
  ])
  const { client } = wire({ deadline: { idle: 50, total: 600_000 } })
  await expect(client.putManifest(at(script, ':1'), manifest)).rejects.toMatchObject({
    code: 'TIMED_OUT',
    message: expect.stringMatching(/; the registry may still carry out the upload$/),
    advice: expect.stringContaining('Look at what the tag points to')
  })
})

describe('schema 1 is refused', () => {
  const signed = Buffer.from(schema1().bytes).toString()
  const old = JSON.parse(signed) as Record<string, unknown>
  const current = JSON.parse(Buffer.from(image().bytes).toString()) as Record<string, unknown>

  test.each([
    ['signed, by its own type', mediaTypes.schema1Signed, signed],
    ['unsigned, by its own type', mediaTypes.schema1, JSON.stringify({ ...old, signatures: undefined })],
    ['with its type in upper case', mediaTypes.schema1Signed.toUpperCase(), signed],
    ['with parameters on its type', `${mediaTypes.schema1Signed}; charset=utf-8`, signed],
    ['as plain text', 'text/plain; charset=utf-8', signed],
    ['as JSON', 'application/json', signed],
    ['as bytes', 'application/octet-stream', signed],
    ['as nothing in particular', undefined, signed],
    ['as an OCI image', mediaTypes.ociManifest, signed],
    ['as a Docker image', mediaTypes.dockerManifest, signed],
    ['as an index', mediaTypes.ociIndex, signed],
    ['as a page', 'text/html', signed],
    ['by its type alone', mediaTypes.schema1Signed, JSON.stringify(current)],
    ['by its type alone, of what is no JSON', mediaTypes.schema1Signed, 'no JSON'],
    [
      'by the type in it alone',
      'application/json',
      JSON.stringify({ ...current, mediaType: mediaTypes.schema1 })
    ],
    ['by its version alone', mediaTypes.ociManifest, JSON.stringify({ ...current, schemaVersion: 1 })],
    ['by its version as a text', mediaTypes.ociManifest, JSON.stringify({ ...current, schemaVersion: '1' })],
    ['by its layers alone', mediaTypes.ociManifest, JSON.stringify({ ...current, fsLayers: [] })],
    ['by its history alone', mediaTypes.ociManifest, JSON.stringify({ ...current, history: [] })],
    ['by its signatures alone', mediaTypes.ociManifest, JSON.stringify({ ...current, signatures: null })]
  ])('%s', async (_how, type, body) => {
    const answer = { headers: type === undefined ? {} : { 'content-type': type }, body }
    await expect(getting(answer)).rejects.toMatchObject({
      code: 'MANIFEST_UNSUPPORTED',
      message: expect.stringContaining('schema-1 manifest'),
      advice: expect.stringMatching(/signature covers the image's name and tag.*Push the image again/)
    })
  })

  test.each([
    ['ignores what is accepted', legacy28, `media type "${mediaTypes.schema1Signed}"`],
    ['calls everything plain text', textPlain, 'media type "text/plain"']
  ] as [string, Profile, string][])('from a registry that %s', async (_what, profile, seen) => {
    const registry = await openRegistry({ profile })
    registry.seed('acme/app', dockerImage(), ['1'])
    await expect(wire().client.getManifest(at(registry, ':1'))).rejects.toMatchObject({
      code: 'MANIFEST_UNSUPPORTED',
      message: expect.stringContaining(seen)
    })
  })
})

describe('a child in the place of its index', () => {
  test.each([mediaTypes.dockerList, mediaTypes.ociIndex])(
    'gives itself away by the digest: %s',
    async type => {
      const registry = await openRegistry({ profile: silentChild })
      const children = [dockerImage(), dockerImage({ platform: 'linux/arm64' })]
      const index = indexOf(children, { mediaType: type })
      registry.seed('acme/app', index, ['1'])
      await expect(wire().client.getManifest(at(registry, ':1'))).rejects.toMatchObject({
        code: 'DIGEST_MISMATCH',
        message: expect.stringContaining(
          `named ${index.digest}, the manifest it sent is ${children[0]?.digest ?? ''}`
        )
      })
    }
  )
})

/** Reads what a registry gives this answer for. */
async function getting(answer: Answer, reference = ':1'): Promise<unknown> {
  const path = `/v2/acme/app/manifests/${reference.slice(1)}`
  // What breaks is asked for again, and a deadline may pass before the request has arrived.
  const script = await openScript([{ method: 'GET', path, answer, times: 'any' }])
  const deadline = answer.fault === 'stall-body' ? { deadline: { idle: 50, total: 600_000 } } : {}
  return wire(deadline).client.getManifest(at(script, reference))
}
