/** Scenario: an older line of releases gets a fix, and `latest` stays with the newer line. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { startDistribution } from '../../testing/distribution.ts'
import { dockerImage, image, indexOf } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { errorAnswer } from '../../testing/registry-exchange.ts'
import { startRegistry } from '../../testing/registry-server.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const labelled = (version: string): { seed: string; labels: Record<string, string> } => ({
  seed: version,
  labels: { 'org.opencontainers.image.version': version }
})
const newer = indexOf([image(labelled('v2.0.0')), image({ ...labelled('v2.0.0'), platform: 'linux/arm64' })])
const backport = dockerImage(labelled('1.10.1'))
const candidate = image({ annotations: labelled('3.0.0-rc.1').labels })
const next = image(labelled('2.0.1'))
const unlabelled = image({ seed: 'unlabelled', created: '' })

const here = { base: registry.base, repository: 'acme/app' }
const promote = (source: string): ReturnType<typeof runAction> =>
  runAction({
    registry: registry.host,
    repository: 'acme/app',
    source,
    target: `latest, ${source}-release`,
    'if-exists': 'latest=forward'
  })
const latest = async (): Promise<string | undefined> => (await pull(here, 'latest'))?.digest

beforeAll(async () => {
  await push(here, newer, ['latest'])
  for (const [tag, pushed] of Object.entries({ backport, candidate, next, unlabelled }))
    await push(here, pushed, [tag])
})

test('keeps latest from an older version, and warns', async () => {
  const run = await promote('backport')

  expect(run).toMatchObject({ exitCode: 0, annotations: [{ level: 'warning', title: 'Retag: kept' }] })
  expect(run.annotations[0]?.message).toContain('1.10.1 is lower than 2.0.0')
  expect(run.report?.targets).toMatchObject([
    { outcome: 'kept', digest: newer.digest },
    { outcome: 'created' }
  ])
  expect(await latest()).toBe(newer.digest)
})

test('keeps latest from a pre-release', async () => {
  expect((await promote('candidate')).report?.targets[0]).toMatchObject({
    outcome: 'kept',
    reason: expect.stringContaining('pre-release')
  })
  expect(await latest()).toBe(newer.digest)
})

test('refuses what cannot be compared, and writes nothing', async () => {
  const run = await promote('unlabelled')

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: TARGET_PROTECTED' }] })
  expect(run.report?.targets.map(({ outcome }) => outcome)).toStrictEqual(['refused', 'not-attempted'])
  expect(await pull(here, 'unlabelled-release')).toBeUndefined()
})

test('moves latest to a newer version, reading each image once', async () => {
  const before = await registry.requestsBy('retag')
  const run = await promote('next')

  expect(run).toMatchObject({ exitCode: 0, annotations: [] })
  expect(run.report?.targets[0]).toMatchObject({ outcome: 'moved', previousDigest: newer.digest })
  expect(await latest()).toBe(next.digest)
  const asked = (await registry.requestsBy('retag')).slice(before.length)
  const [child] = newer.children
  expect(asked.filter(line => line.startsWith('GET')).sort()).toStrictEqual(
    [
      'GET /v2/acme/app/manifests/next → 200',
      `GET /v2/acme/app/manifests/${newer.digest} → 200`,
      `GET /v2/acme/app/manifests/${child?.digest ?? ''} → 200`,
      `GET /v2/acme/app/blobs/${child?.blobs[0]?.digest ?? ''} → 200`,
      `GET /v2/acme/app/blobs/${next.blobs[0]?.digest ?? ''} → 200`
    ].sort()
  )
})

/** The `if-exists` of the recipe "Release on merge". */
async function ruleOfTheRecipe(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../../examples/release.yml'), 'utf8')
  const { jobs } = parse(text) as { jobs: { release: { steps: { with?: Record<string, string> }[] } } }
  return jobs.release.steps.flatMap(step => step.with?.['if-exists'] ?? []).join()
}

/** An image as docker/metadata-action labels it with `type=sha`, by the day of November 2026 on which it was built. */
function builtOn(day: number, seed: string): ReturnType<typeof image> {
  const created = `2026-11-${day.toString().padStart(2, '0')}T12:00:00Z`
  const labels = {
    'org.opencontainers.image.version': `sha-${seed}`,
    'org.opencontainers.image.created': created
  }
  return image({ seed, labels, created })
}

describe('release on merge, with images that are labelled by their commit', () => {
  const builds = {
    'sha-140': builtOn(1, '140'),
    'sha-139': builtOn(8, '139'),
    'sha-141': builtOn(2, '141'),
    'sha-139-alpine': builtOn(9, '139-alpine'),
    'sha-150-rc': builtOn(20, '150-rc')
  }
  type Build = keyof typeof builds
  /** Releases a build as the recipe does, its tags written as metadata-action writes them. */
  const release = async (
    server: { readonly host: string },
    [build, tags]: readonly [Build, string]
  ): Promise<ActionRun> => {
    const name = `${server.host}/acme/released`
    const target = tags
      .split(' ')
      .map(tag => `${name}:${tag}`)
      .join('\n')
    return runAction({ source: `${name}:${build}`, target, 'if-exists': await ruleOfTheRecipe() })
  }
  const outcomes = ({ report }: ActionRun): string =>
    (report?.targets ?? [])
      .map(({ reference, outcome }) => `${reference.replace(/^.*:/, '')} ${outcome}`)
      .join(', ')
  const there = { base: registry.base, repository: 'acme/released' }
  const digestOf = async (tag: string): Promise<string | undefined> => (await pull(there, tag))?.digest

  beforeAll(async () => {
    for (const [tag, build] of Object.entries(builds)) await push(there, build, [tag])
    expect(outcomes(await release(registry, ['sha-140', '1.4.0 1.4 1 latest']))).toBe(
      '1.4.0 created, 1.4 created, 1 created, latest created'
    )
  })

  test('1.3.9, built a week after 1.4.0, takes 1.3 and neither 1 nor latest', async () => {
    const run = await release(registry, ['sha-139', '1.3.9 1.3 1 latest'])

    expect(run.exitCode).toBe(0)
    expect(outcomes(run)).toBe('1.3.9 created, 1.3 created, 1 kept, latest kept')
    expect(run.report?.targets[3]?.reason).toContain('1.4.0 is published, and 1.3.9 is lower')
    expect(run.log).toContain('decided by the versions that are published')
    expect(await Promise.all(['1.3', '1.4', '1', 'latest'].map(digestOf))).toStrictEqual([
      builds['sha-139'].digest,
      ...Array<string>(3).fill(builds['sha-140'].digest)
    ])
  })

  test('1.4.1 takes all, and a second 1.4.1 is refused before anything is written', async () => {
    const run = await release(registry, ['sha-141', '1.4.1 1.4 1 latest'])
    expect(run).toMatchObject({ exitCode: 0, annotations: [] })
    expect(outcomes(run)).toBe('1.4.1 created, 1.4 moved, 1 moved, latest moved')

    const again = await release(registry, ['sha-139', '1.4.1 1.4 1 latest'])
    expect(again).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: TARGET_PROTECTED' }] })
    expect(await digestOf('latest')).toBe(builds['sha-141'].digest)
  })

  test('a pre-release takes no floating tag from a release', async () => {
    const run = await release(registry, ['sha-150-rc', '1.5.0-rc.1 latest'])
    expect(outcomes(run)).toBe('1.5.0-rc.1 created, latest kept')
  })

  test('a flavour is compared with its own versions alone', async () => {
    await push(there, builds['sha-140'], ['1.3.8-alpine', 'latest-alpine', '2.0.0-alpine', '2-alpine'])
    const first = await release(registry, [
      'sha-139-alpine',
      '1.3.9-alpine 1.3-alpine 1-alpine latest-alpine'
    ])
    expect(outcomes(first)).toBe(
      '1.3.9-alpine created, 1.3-alpine created, 1-alpine created, latest-alpine kept'
    )
    expect(await digestOf('2-alpine')).toBe(builds['sha-140'].digest)
  })

  test('without the list of tags the images decide, and a warning says so', async () => {
    const server = await startRegistry({
      profile: {
        name: 'lists no tags',
        before: ({ resource }) =>
          resource?.kind === 'tags' ? errorAnswer(403, 'DENIED', 'no listing') : undefined
      }
    })
    try {
      server.seed('acme/released', builds['sha-140'], ['sha-140', '1.4.0', '1', 'latest'])
      server.seed('acme/released', builds['sha-139'], ['sha-139'])
      const run = await release(server, ['sha-139', '1.3.9 1'])

      expect(run.exitCode).toBe(0)
      expect(outcomes(run)).toBe('1.3.9 created, 1 moved')
      const warnings = run.annotations.map(({ message }) => message).join('\n')
      expect(warnings).toContain('/acme/released cannot be read, so if-exists: forward was decided without')
      expect(warnings).toContain('if-exists: forward was decided by when the images were created')
    } finally {
      await server.close()
    }
  })
})
