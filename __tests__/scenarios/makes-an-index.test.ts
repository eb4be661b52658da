/** Scenario: build jobs have pushed an image each, and one step makes the index of them and gives it its tags. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { type Image, descriptorOf, image, indexOf, mediaTypes } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { secondReader } from '../../testing/second-reader.ts'

const [home, other] = await Promise.all([startDistribution(), startDistribution()])
afterAll(() => Promise.all([home, other].map(registry => registry.close())))

const app = { base: home.base, repository: 'acme/app' }
const production = { base: other.base, repository: 'acme/production' }
const amd64 = image({ platform: 'linux/amd64', seed: 'amd64' })
const arm64 = image({ platform: 'linux/arm64/v8', seed: 'arm64' })
const s390x = image({ platform: 'linux/s390x', seed: 's390x' })
const provenance = image({ platform: 'unknown/unknown', seed: 'provenance' })
const attested = indexOf([s390x, provenance])
const again = image({ platform: 'linux/arm64', seed: 'another arm64' })

const inputs = {
  registry: home.host,
  repository: 'acme/app',
  source: [amd64.digest, arm64.digest, attested.digest].join('\n'),
  target: `1.4.0 latest ${other.host}/acme/production:1.4.0`
}

beforeAll(async () => {
  for (const each of [amd64, arm64, attested, again]) await push(app, each, [])
})

/** What the index lists, of the bytes that a registry serves. */
async function listed(reference: string): Promise<unknown> {
  const pulled = await pull(app, reference)
  return (JSON.parse(new TextDecoder().decode(pulled?.bytes)) as { manifests: unknown }).manifests
}

function entry(of: Image, platform: object): object {
  return { ...descriptorOf(of), platform }
}

test(`makes it, copies what it lists, and ${secondReader.name} pulls it`, async () => {
  const run = await runAction(inputs)
  expect(run.annotations).toEqual([])
  expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'true', 'media-type': mediaTypes.ociIndex } })
  expect(await listed('latest')).toEqual([
    entry(amd64, { os: 'linux', architecture: 'amd64' }),
    entry(arm64, { os: 'linux', architecture: 'arm64', variant: 'v8' }),
    entry(s390x, { os: 'linux', architecture: 's390x' }),
    entry(provenance, { os: 'unknown', architecture: 'unknown' })
  ])
  const { digest } = run.outputs
  expect(await secondReader.pullAll(app, '1.4.0')).toBe(digest)
  expect(await secondReader.pullAll(production, '1.4.0')).toBe(digest)
  const names = [amd64, arm64, attested].map(each => `${home.host}/acme/app@${each.digest}`)
  expect(run.report?.sources).toMatchObject([{ reference: names.join(' + '), digest }])
})

test('writes nothing when it is run again', async () => {
  const before = await writes()
  const run = await runAction(inputs)
  expect(run.report?.targets.map(({ outcome }) => outcome)).toStrictEqual(Array(3).fill('unchanged'))
  expect([run.outputs.changed, await writes()]).toStrictEqual(['false', before])
})

test('goes along with other images, and moves a tag forward by its annotations', async () => {
  const name = `${home.host}/acme/app`
  const parts = [amd64, arm64].map(each => `${name}@${each.digest}`).join(' + ')
  const run = await runAction({
    promotions: `${parts} -> stable ${other.host}/acme/production:stable\n${name}@${s390x.digest} -> s390x`,
    annotations: 'index:org.opencontainers.image.version=2.0.0',
    'if-exists': 'forward'
  })
  expect(run.outputs.changed).toBe('true')
  const older = await runAction({
    promotions: `${parts} -> stable`,
    annotations: 'org.opencontainers.image.version=1.9.0',
    'if-exists': 'forward'
  })
  expect(older.report?.targets).toMatchObject([
    { outcome: 'kept', source: parts, digest: run.outputs.digest }
  ])
})

test('refuses two images for one platform before it writes anything', async () => {
  const run = await runAction({ ...inputs, source: `${inputs.source} ${again.digest}`, target: 'twice' })
  expect(run.exitCode).toBe(1)
  expect(run.annotations[0]?.message).toContain(
    `acme/app@${arm64.digest} and ${home.host}/acme/app@${again.digest} have different images for one platform`
  )
  expect(await pull(app, 'twice')).toBeUndefined()
})

async function writes(): Promise<string[]> {
  const requests = await Promise.all([home, other].map(registry => registry.requestsBy('retag')))
  return requests.flat().filter(request => request.startsWith('P'))
}
