/** Tests that a manifest goes up as it came down, byte for byte, whatever it is. */
import { expect, test } from '@jest/globals'
import { MAXIMUM_MANIFEST_BYTES } from '../../src/oci/manifest.ts'
import { type Image, artifact, dockerImage, image, indexOf, mediaTypes } from '../../testing/images.ts'
import { openRegistry } from './opened.ts'
import { at, tagAt, wire } from './wired.ts'

const ociArtifact = 'application/vnd.oci.artifact.manifest.v1+json'
const latin1 = (json: object): Uint8Array => Buffer.from(JSON.stringify(json), 'latin1')
const cut = (text: string) => (json: object) => Buffer.from(JSON.stringify(json).replace(text, ''))
const kinds: [string, Image][] = [
  ['an OCI image', image()],
  ['a Docker image', dockerImage()],
  ['an OCI index', indexOf([image(), image({ platform: 'linux/arm64/v8' })])],
  ['a Docker list', indexOf([dockerImage()], { mediaType: mediaTypes.dockerList })],
  ['an index of an index', indexOf([indexOf([image()])])],
  ['an artifact', artifact()],
  ['an OCI artifact manifest', artifact({ mediaType: ociArtifact })],
  ['a manifest that refers to another', artifact({ subject: image() })],
  [
    'a manifest that does not name its type',
    image({ format: cut(`"mediaType":"${mediaTypes.ociManifest}",`) })
  ],
  ['bytes that are no UTF-8', image({ annotations: { name: 'läßt' }, format: latin1 })],
  ['a byte order mark', image({ format: json => Buffer.from(`\uFEFF${JSON.stringify(json)}`) })],
  ['odd white space', image({ format: json => Buffer.from(` ${JSON.stringify(json, null, '\t')}\r\n\r\n`) })],
  [
    '4 MiB',
    image({
      format: json =>
        Buffer.concat([latin1(json), Buffer.alloc(MAXIMUM_MANIFEST_BYTES - latin1(json).length, ' ')])
    })
  ]
]

test.each(kinds)('keeps its bytes, its type and its digest: %s', async (_kind, pushed) => {
  const [from, to] = [await openRegistry(), await openRegistry()]
  from.seed('acme/app', pushed, ['1'])
  const { client } = wire()

  const manifest = await client.getManifest(at(from, ':1'))
  if (manifest === undefined) throw new Error('the client found no manifest')
  expect(manifest).toMatchObject({ digest: pushed.digest, mediaType: pushed.mediaType })
  expect(Buffer.compare(manifest.bytes, pushed.bytes)).toBe(0)

  await client.putManifest(tagAt(to, '2'), manifest)
  expect(to.tag('acme/app', '2')).toBe(pushed.digest)
  const stored = to.store.get('acme/app')?.manifests.get(pushed.digest)
  expect(Buffer.compare(stored?.bytes ?? Buffer.from('none'), pushed.bytes)).toBe(0)
  expect(to.log.map(({ line }) => line)).toEqual(['PUT /v2/acme/app/manifests/2 → 201'])
  const [{ headers } = { headers: {} }] = to.log
  const length = pushed.bytes.length.toString()
  expect(headers).toMatchObject({ 'content-type': pushed.mediaType, 'content-length': length })
  expect(headers).not.toHaveProperty('transfer-encoding')
})
