/** Scenario: several runners built a platform each and left digests in a folder, as in Docker's recipe; Retag is the last job. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDistribution } from '../../testing/distribution.ts'
import { descriptorOf, image, mediaTypes } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
const digests = await mkdtemp(join(tmpdir(), 'retag-digests-'))
const builds = {
  arm64: image({ seed: 'arm64', platform: 'linux/arm64' }),
  amd64: image({ seed: 'amd64', platform: 'linux/amd64' })
}
const here = { base: registry.base, repository: 'acme/app' }
const inputs = {
  registry: registry.host,
  repository: 'acme/app',
  digests,
  target: `1.4.0\n${registry.host}/acme/app:latest`,
  annotations: 'manifest:org.opencontainers.image.title=app\nindex:org.opencontainers.image.version=1.4.0',
  'require-platforms': 'linux/amd64,linux/arm64',
  'if-exists': '*.*.*=fail\n*=forward'
}

beforeAll(async () => {
  for (const build of Object.values(builds)) {
    await push(here, build, [])
    await writeFile(join(digests, build.digest.replace('sha256:', '')), '')
  }
})

afterAll(async () => {
  await registry.close()
  await rm(digests, { recursive: true })
})

test('makes one image of several builds, and finds it unchanged when it is run again', async () => {
  const run = await runAction(inputs)
  const again = await runAction(inputs)

  expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'true' } })
  const { bytes, mediaType } = (await pull(here, '1.4.0')) ?? {}
  expect(mediaType).toBe(mediaTypes.ociIndex)
  expect(JSON.parse(Buffer.from(bytes ?? []).toString())).toStrictEqual({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      { ...descriptorOf(builds.amd64), platform: { architecture: 'amd64', os: 'linux' } },
      { ...descriptorOf(builds.arm64), platform: { architecture: 'arm64', os: 'linux' } }
    ],
    annotations: { 'org.opencontainers.image.version': '1.4.0' }
  })
  expect((await pull(here, 'latest'))?.digest).toBe(run.outputs.digest)
  expect(again).toMatchObject({ exitCode: 0, outputs: { changed: 'false', digest: run.outputs.digest } })
})

test('refuses a folder with other files, and contacts no registry', async () => {
  const asked = await registry.requestsBy('retag')
  await writeFile(join(digests, 'README.md'), '')

  const run = await runAction(inputs)

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: INPUT_INVALID' }] })
  expect(run.annotations[0]?.message).toContain('holds files whose names are no digests: "README.md"')
  expect(await registry.requestsBy('retag')).toEqual(asked)
})
