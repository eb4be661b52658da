/** Scenario: whatever kind of manifest it is and however it is written, the new tag has the very same bytes. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { type Image, artifact, dockerImage, image, indexOf, mediaTypes } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const kinds: [string, Image][] = [
  ['an OCI image manifest', image()],
  ['an OCI image index', indexOf([image(), image({ platform: 'linux/arm64/v8' })])],
  ['an index of indexes', indexOf([indexOf([image()])])],
  ['a Docker image manifest', dockerImage()],
  ['a Docker manifest list', indexOf([dockerImage()], { mediaType: mediaTypes.dockerList })],
  ['an artifact', artifact()],
  [
    'a manifest that names no media type',
    image({ format: json => write({ ...json, mediaType: undefined }) })
  ],
  ['odd white space', image({ format: oddly })],
  ['bytes that are no UTF-8', image({ annotations: { name: 'café' }, format: json => write(json, 'latin1') })]
]

test.each(kinds)('keeps the bytes of %s', async (kind, pushed) => {
  const repository = kind.toLowerCase().replaceAll(' ', '-')
  const here = { base: registry.base, repository }
  await push(here, pushed, ['old'])

  const run = await runAction({ registry: registry.host, repository, source: 'old', target: 'new' })

  expect(run).toMatchObject({ exitCode: 0, outputs: { digest: pushed.digest } })
  const { bytes, mediaType, digest } = pushed
  expect(await pull(here, 'new')).toEqual({ bytes, mediaType, digest })
})

function write(json: object, encoding: BufferEncoding = 'utf8'): Uint8Array {
  return Buffer.from(JSON.stringify(json), encoding)
}

function oddly(json: object): Uint8Array {
  const text = JSON.stringify(json, null, '\t').replaceAll('\n', '\r\n').replaceAll('/', '\\/')
  return Buffer.from(`\n ${text} \t\n\n`)
}
