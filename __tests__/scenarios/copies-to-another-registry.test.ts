/** Scenario: an image goes from one registry to two others, with all that belongs to it, and another program reads it there. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import {
  type Image,
  artifact,
  dockerImage,
  image,
  indexOf,
  mediaTypes,
  referrerOf
} from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'
import { secondReader } from '../../testing/second-reader.ts'

const [home, one, two] = await Promise.all([
  startDistribution(),
  startDistribution({ deleteEnabled: true }),
  startDistribution()
])
afterAll(() => Promise.all([home, one, two].map(registry => registry.close())))

const staging = { base: home.base, repository: 'acme/staging' }
const production = { base: one.base, repository: 'acme/production' }
const backup = { base: two.base, repository: 'backup' }
const layer = Buffer.alloc(3_000_000, 'a layer of some size')
const child = image({ seed: 'amd64', layers: [layer] })
const pushed = indexOf([child, image({ seed: 'arm64', platform: 'linux/arm64' })])
const sbom = referrerOf(child, { seed: 'sbom' })
const signature = artifact({ seed: 'signature' })
const listTag = child.digest.replace(':', '-')
const inputs = {
  source: `${home.host}/acme/staging:sha-1`,
  target: `${one.host}/acme/production:1.0 ${one.host}/acme/production:latest ${two.host}/backup:1.0`
}

beforeAll(async () => {
  await push(staging, pushed, ['sha-1'])
  await push(staging, sbom, [])
  // Distribution 2.8 keeps no list of referrers: this is what a client leaves in its place.
  await push(staging, indexOf([sbom]), [listTag])
  await push(staging, signature, [`${pushed.digest.replace(':', '-')}.sig`])
})

test(`copies everything, as ${secondReader.name} finds`, async () => {
  const run = await runAction(inputs)

  expect(run).toMatchObject({
    exitCode: 0,
    outputs: { digest: pushed.digest, changed: 'true' },
    report: { copied: { blobs: 14, mounted: 0, manifests: 10, referrers: 4 } }
  })
  expect(run.annotations).toEqual([])
  for (const [place, tag] of [
    [production, 'latest'],
    [backup, '1.0']
  ] as const) {
    expect(await secondReader.pullAll(place, tag)).toBe(pushed.digest)
    expect((await pull(place, sbom.digest))?.digest).toBe(sbom.digest)
  }
  expect(run.summary).toContain('14 blobs')
})

test('attaches there what is attached here', async () => {
  const list = await pull(production, listTag)
  expect(list?.mediaType).toBe(mediaTypes.ociIndex)
  expect(JSON.parse(new TextDecoder().decode(list?.bytes))).toMatchObject({
    manifests: [{ digest: sbom.digest }]
  })
  expect((await pull(production, `${pushed.digest.replace(':', '-')}.sig`))?.digest).toBe(signature.digest)
})

test('sends nothing the second time', async () => {
  const before = (await one.requestsBy('retag')).length
  const run = await runAction(inputs)

  expect(run).toMatchObject({ exitCode: 0, outputs: { changed: 'false' }, report: { copied: { blobs: 0 } } })
  const requests = (await one.requestsBy('retag')).slice(before)
  expect(requests.filter(request => !/^(?:GET|HEAD) /.test(request))).toEqual([])
})

test('copies again the child that an index has lost, where its tag is up to date', async () => {
  const lost = `${production.base}/v2/${production.repository}/manifests/${child.digest}`
  expect((await fetch(lost, { method: 'DELETE' })).status).toBe(202)
  expect(await pull(production, child.digest)).toBeUndefined()

  const run = await runAction(inputs)

  // Its config is sent again: it is not asked for.
  expect(run).toMatchObject({ exitCode: 0, report: { copied: { blobs: 1, referrers: 1 } } })
  expect(run.report?.targets.map(({ outcome }) => outcome)).toEqual(['unchanged', 'unchanged', 'unchanged'])
  expect(await secondReader.pullAll(production, '1.0')).toBe(pushed.digest)
})

test('says in a dry run what it would copy', async () => {
  const target = `${two.host}/elsewhere:1.0`
  const run = await runAction({ ...inputs, target, 'dry-run': 'true' })

  expect(run).toMatchObject({ exitCode: 0, report: { dryRun: true, copied: { mounted: 0, referrers: 2 } } })
  expect(run.log).toContain(`to ${two.host}/elsewhere: 7 blobs (3.0 MB), 5 manifests, 2 referrers`)
  expect(await pull({ base: two.base, repository: 'elsewhere' }, '1.0')).toBeUndefined()
})

test('sends each blob once to a registry, and mounts it in the other repositories', async () => {
  await push(staging, image({ seed: 'shared' }), ['shared'])
  const target = ['a', 'b', 'c'].map(name => `${two.host}/${name}:1.0`).join(' ')
  const run = await runAction({ source: `${home.host}/acme/staging:shared`, target })

  expect(run).toMatchObject({ exitCode: 0, report: { copied: { blobs: 2, mounted: 4, manifests: 3 } } })
})

test('never deletes signatures that the source does not have', async () => {
  const signed = image({ seed: 'signed' })
  const stem = signed.digest.replace(':', '-')
  // Two signatures of one image have the same payload; the signature itself is in an annotation, as cosign does it.
  const signaturesBy = (...keys: readonly string[]): Image =>
    artifact({
      layers: [Buffer.from('payload')],
      format: json => {
        const layers = keys.flatMap(signature =>
          (json as { layers: readonly object[] }).layers.map(payload => ({
            ...payload,
            annotations: { signature }
          }))
        )
        return Buffer.from(JSON.stringify({ ...json, layers }))
      }
    })
  const both = signaturesBy('A', 'B')
  const attestations = indexOf([artifact({ seed: 'attestation' })])
  await push(staging, signed, ['signed'])
  await push(staging, signaturesBy('A'), [`${stem}.sig`])
  await push(staging, artifact({ seed: 'attestation' }), [`${stem}.att`])
  await push(production, both, [`${stem}.sig`])
  await push(production, attestations, [`${stem}.att`])

  const source = `${home.host}/acme/staging:signed`
  const run = await runAction({ source, target: `${one.host}/acme/production:signed` })

  expect(run.exitCode).toBe(0)
  expect((await pull(production, 'signed'))?.digest).toBe(signed.digest)
  expect((await pull(production, `${stem}.sig`))?.digest).toBe(both.digest)
  expect((await pull(production, `${stem}.att`))?.digest).toBe(attestations.digest)
  for (const tag of [`${stem}.sig`, `${stem}.att`])
    expect(run.annotations).toContainEqual(
      expect.objectContaining({ level: 'warning', message: expect.stringContaining(tag) })
    )
})

test.each([
  ['a Docker list', indexOf([dockerImage({ seed: 'docker' })], { mediaType: mediaTypes.dockerList })],
  ['an index in an index', indexOf([indexOf([image({ seed: 'inner' })]), image({ seed: 'outer' })])],
  ['an image without layers', image({ seed: 'bare', layers: [] })],
  ['an artifact', artifact({ seed: 'artifact' })]
])('copies %s as it is', async (_what, other) => {
  await push(staging, other, ['other'])
  const target = `${one.host}/acme/production:other`
  const run = await runAction({ source: `${home.host}/acme/staging:other`, target })

  expect(run.exitCode).toBe(0)
  const { digest, mediaType } = other
  expect(await pull(production, 'other')).toMatchObject({ digest, mediaType })
})
