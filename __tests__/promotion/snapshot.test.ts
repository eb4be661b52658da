/** Tests of the snapshot: what an image tells of its platforms' manifests. */
import { expect, test } from '@jest/globals'
import { platformDigests } from '../../src/promotion/snapshot.ts'
import { image, indexOf } from '../../testing/images.ts'
import { manifestOf } from '../../testing/samples.ts'

const [amd64, arm64] = [image(), image({ platform: 'linux/arm64/v8' })]
const attestation = image({ platform: 'unknown/unknown' })

test('platformDigests names the manifest of each platform of an index, and of no attestation', () => {
  const manifest = manifestOf(indexOf([amd64, arm64, attestation]))
  expect(platformDigests({ manifest, platforms: ['linux/amd64', 'linux/arm64/v8'] })).toStrictEqual({
    'linux/amd64': amd64.digest,
    'linux/arm64/v8': arm64.digest
  })
})

test('platformDigests names a single image by its own digest, where its platform is known', () => {
  const manifest = manifestOf(amd64)
  expect(platformDigests({ manifest, platforms: ['linux/amd64'] })).toStrictEqual({
    'linux/amd64': manifest.digest
  })
  expect(platformDigests({ manifest, platforms: [] })).toStrictEqual({})
})

test('platformDigests leaves out what is no digest', () => {
  const manifest = manifestOf(indexOf([amd64]))
  const platform = { os: 'linux', architecture: 'amd64' }
  for (const digest of [7, '../blobs'])
    expect(
      platformDigests({
        manifest: { ...manifest, content: { manifests: [{ digest, platform }] } },
        platforms: []
      })
    ).toStrictEqual({})
})
