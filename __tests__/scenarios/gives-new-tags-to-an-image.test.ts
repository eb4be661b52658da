/** Scenario: an image that was built for several platforms gets the tags of its release. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image, indexOf } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test('gives new tags to an image', async () => {
  const repository = 'acme/app'
  const here = { base: registry.base, repository }
  const parts = ['linux/amd64', 'linux/arm64/v8'].map(platform => image({ platform }))
  const { bytes, mediaType, digest, ...built } = indexOf(parts)
  const platforms = { 'linux/amd64': parts[0]?.digest, 'linux/arm64/v8': parts[1]?.digest }
  await push(here, { bytes, mediaType, digest, ...built }, ['sha-1'])

  const run = await runAction({
    registry: registry.host,
    repository,
    source: 'sha-1',
    target: '1.4.2, 1.4\nlatest'
  })

  for (const tag of ['1.4.2', '1.4', 'latest'])
    expect(await pull(here, tag)).toEqual({ bytes, mediaType, digest })
  const name = `${registry.host}/${repository}`
  const references = ['1.4.2', '1.4', 'latest'].map(tag => `${name}:${tag}`)
  expect(run).toMatchObject({ exitCode: 0, annotations: [] })
  expect(run.outputs).toEqual({
    digest,
    'media-type': mediaType,
    image: name,
    images: JSON.stringify([{ source: `${name}:sha-1`, image: name, digest, platforms, tags: references }]),
    platforms: JSON.stringify(platforms),
    found: 'true',
    missing: '[]',
    tags: references.join('\n'),
    changed: 'true',
    'previous-digest': '',
    report: expect.any(String)
  })
  expect(run.report).toEqual({
    sources: [
      {
        reference: `${name}:sha-1`,
        digest,
        mediaType,
        size: bytes.length,
        platforms: ['linux/amd64', 'linux/arm64/v8'],
        manifests: platforms
      }
    ],
    dryRun: false,
    targets: references.map(reference => ({
      reference,
      source: `${name}:sha-1`,
      outcome: 'created',
      digest
    })),
    copied: { manifests: 0, blobs: 0, bytes: 0, mounted: 0, present: 0, referrers: 0 }
  })
  for (const told of [digest, 'OCI image index', '3 created', ...references])
    expect(run.summary).toContain(told)
})
