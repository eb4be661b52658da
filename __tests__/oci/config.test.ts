/** Tests of image configs: where they are, and what they say. */
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digester.ts'
import { configOf, readConfig } from '../../src/oci/config.ts'
import { artifact, dockerImage, image, indexOf } from '../../testing/images.ts'
import { codeThrownBy } from '../../testing/code-thrown-by.ts'
import { manifestOf } from '../../testing/samples.ts'

const bytesOf = (content: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(content))
const read = (content: unknown): ReturnType<typeof readConfig> => {
  const bytes = bytesOf(content)
  return readConfig(bytes, digestOf(bytes))
}
const type = 'application/vnd.oci.image.config.v1+json'

describe('configOf', () => {
  test.each([
    ['an OCI image', image()],
    ['a Docker image', dockerImage()]
  ])('finds the config of %s', (_what, built) => {
    expect(configOf(manifestOf(built))).toBe(built.blobs[0]?.digest)
  })

  test.each([
    ['an index', indexOf([image()])],
    ['an artifact', artifact()]
  ])('finds none of %s', (_what, built) => {
    expect(configOf(manifestOf(built))).toBeUndefined()
  })

  test.each([
    ['a config that is no object', 'sha256:00'],
    ['no config', undefined],
    ['a digest that is no text', { mediaType: type, digest: 7 }],
    ['a digest that is none', { mediaType: type, digest: '../blobs' }]
  ])('finds none where there is %s', (_what, config) => {
    expect(configOf({ ...manifestOf(), content: { config } })).toBeUndefined()
  })
})

describe('readConfig', () => {
  test('reads the platform, the labels and the creation', () => {
    const Labels = { 'org.opencontainers.image.version': '1.4.0' }
    expect(
      read({ os: 'linux', architecture: 'arm', variant: 'v7', created: 'then', config: { Labels } })
    ).toStrictEqual({
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
      metadata: { version: '1.4.0', created: 'then' }
    })
  })

  test('prefers the label to the creation of the last layer', () => {
    const Labels = { 'org.opencontainers.image.created': 'when it was built' }
    expect(read({ created: '1970-01-01T00:00:00Z', config: { Labels } }).metadata).toStrictEqual({
      created: 'when it was built'
    })
  })

  test.each([
    ['an empty one', {}],
    ['no object', 'text'],
    ['null', null],
    ['labels that are none', { config: { Labels: 'v1' }, created: 7, os: 'linux' }]
  ])('reads nothing of %s', (_what, content) => {
    expect(read(content)).toStrictEqual({ metadata: {} })
  })

  test('refuses other bytes than those asked for', () => {
    expect(codeThrownBy(() => readConfig(bytesOf({}), digestOf(bytesOf([]))))).toBe('DIGEST_MISMATCH')
  })

  test('refuses what is no JSON', () => {
    const bytes = new TextEncoder().encode('<html>')
    expect(codeThrownBy(() => readConfig(bytes, digestOf(bytes)))).toBe('MANIFEST_UNSUPPORTED')
  })
})
