/** Tests of promoting an index that is made of images, in one repository or several. */
import { describe, expect, test } from '@jest/globals'
import { PromotionError } from '../../src/oci/errors.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest, readManifest } from '../../src/oci/manifest.ts'
import { formatReference } from '../../src/oci/reference.ts'
import type { Options } from '../../src/promote/promote.ts'
import { type Report, hasChanged, isSuccessful } from '../../src/promotion/report.ts'
import type { Request } from '../../src/promotion/request.ts'
import { type Image, artifact, dockerImage, image, indexOf, referrerOf } from '../../testing/images.ts'
import { requestOf, setOf } from '../../testing/requests.ts'
import { indexSourceOf } from '../../testing/samples.ts'
import { KeepingRegistry, manifestOf } from './keeping-registry.ts'
import { fakeClock, run as promote } from './run.ts'

const home = 'one.example/app'
const other = 'two.example/build'
const amd64 = image({
  platform: 'linux/amd64',
  seed: 'amd64',
  layers: [Buffer.from('base'), Buffer.from('amd64')]
})
const arm64 = image({
  platform: 'linux/arm64',
  seed: 'arm64',
  layers: [Buffer.from('base'), Buffer.from('arm64')]
})
const provenance = image({ platform: 'unknown/unknown', seed: 'provenance' })
const s390x = image({ platform: 'linux/s390x', seed: 's390x' })
const attested = indexOf([s390x, provenance])
const old = image({ seed: 'old' })

const parts = [`${home}:amd64`, `${other}:arm64`, `${other}@${attested.digest}`] as const
const source = indexSourceOf(parts)
const order = (targets: readonly string[], rest: Partial<Request> = {}): Request =>
  requestOf(source, targets, rest)

/** Registries that have all parts, in two repositories. */
function registryWithParts(): KeepingRegistry {
  const registry = new KeepingRegistry()
  registry.seed(home, amd64, ['amd64'])
  registry.seed(other, arm64, ['arm64'])
  registry.seed(other, attested)
  return registry
}

async function run(
  registry: KeepingRegistry,
  wanted: Request,
  differing: Partial<Options> = {}
): Promise<Report> {
  registry.log.length = 0
  return promote(wanted, registry, differing)
}

const outcomesOf = ({ targets }: Report): string[] => targets.map(({ outcome }) => outcome)
const messagesOf = ({ sources }: Report): string => sources.map(({ error }) => error?.message).join()

/** Reads what a tag of a repository holds. */
function heldBy(registry: KeepingRegistry, repository: string, tag: string): Manifest | undefined {
  const stored = registry.store.get(repository)
  const found = stored?.manifests.get(stored.tags.get(tag) ?? '')
  return found && readManifest({ bytes: found.bytes, contentType: found.mediaType })
}

describe('promote, an index of several images', () => {
  test('makes it with one GET for each part and one for the config of each image', async () => {
    const registry = registryWithParts()
    const report = await run(registry, order([`${home}:1`], { referrers: false }), { dryRun: true })
    const reads = registry.log.filter(request => request.startsWith('get'))
    expect(reads.filter(request => request.startsWith('getConfig'))).toHaveLength(2)
    expect(reads.filter(request => parts.some(part => request === `getManifest ${part}`))).toHaveLength(3)
    expect(report.sources[0]?.image?.platforms).toStrictEqual(['linux/amd64', 'linux/arm64', 'linux/s390x'])
    expect(report.sources[0]?.source).toBe(source)
  })

  test('brings what its parts lack in each repository, and tags it', async () => {
    const registry = registryWithParts()
    const targets = [`${home}:1`, `${other}:1`, 'three.example/app:1']
    const report = await run(registry, order(targets))
    expect([outcomesOf(report), isSuccessful(report)]).toStrictEqual([
      ['created', 'created', 'created'],
      true
    ])
    for (const repository of [home, other, 'three.example/app']) {
      const made = heldBy(registry, repository, '1')
      expect(made?.digest).toBe(report.targets[0]?.digest)
      const manifests = registry.store.get(repository)?.manifests
      for (const each of [amd64, arm64, s390x, provenance]) expect(manifests?.has(each.digest)).toBe(true)
    }
    // The index that was taken apart goes nowhere.
    expect(registry.store.get(home)?.manifests.has(attested.digest)).toBe(false)
  })

  test('copies nothing into a repository that has all parts', async () => {
    const registry = registryWithParts()
    registry.seed(home, arm64, ['arm64'])
    const within = indexSourceOf([`${home}:amd64`, `${home}:arm64`])
    await run(registry, requestOf(within, [`${home}:1`, `${home}:2`]))
    expect(registry.writes).toStrictEqual([`putManifest ${home}:1`, `putManifest ${home}:2`])
    expect(registry.log.some(request => request.includes('listReferrers'))).toBe(false)
  })

  test('run again, finds everything unchanged', async () => {
    const registry = registryWithParts()
    const wanted = order([`${home}:1`, 'three.example/app:1'])
    await run(registry, wanted)
    const report = await run(registry, wanted)
    expect(registry.writes).toStrictEqual([])
    expect([outcomesOf(report), hasChanged(report)]).toStrictEqual([['unchanged', 'unchanged'], false])
  })

  test('writes nothing in a dry run, and tells what it would', async () => {
    const registry = registryWithParts()
    const report = await run(registry, order([`${home}:1`]), { dryRun: true })
    expect(registry.writes).toStrictEqual([])
    expect(outcomesOf(report)).toStrictEqual(['created'])
    // arm64, s390x, provenance and the index itself.
    expect(report.copied).toMatchObject({ manifests: 4 })
  })

  test('takes along what is attached to its images, but not what is attached to an index that it takes apart', async () => {
    const registry = registryWithParts()
    const [toImage, toChild, toIndex] = [referrerOf(arm64), referrerOf(s390x), referrerOf(attested)]
    for (const each of [toImage, toChild, toIndex]) registry.seed(other, each)
    registry.seed(other, artifact({ seed: 'signature' }), [`${arm64.digest.replace(':', '-')}.sig`])
    const report = await run(registry, order([`${home}:1`]))
    const { manifests, tags } = registry.store.get(home) ?? {}
    expect([toImage, toChild, toIndex].map(({ digest }) => manifests?.has(digest))).toStrictEqual([
      true,
      true,
      false
    ])
    expect(tags?.has(`${arm64.digest.replace(':', '-')}.sig`)).toBe(true)
    expect(report.copied.referrers).toBe(3)
  })

  test('takes along what is attached to one index, which stays as it is', async () => {
    const registry = registryWithParts()
    const signature = referrerOf(attested)
    registry.seed(other, signature)
    const alone = indexSourceOf([`${other}@${attested.digest}`])
    const report = await run(registry, requestOf(alone, [`${home}:1`]))
    expect(report.targets).toMatchObject([{ outcome: 'created', digest: attested.digest }])
    expect(registry.store.get(home)?.manifests.has(signature.digest)).toBe(true)
  })

  test.each<[string, readonly Image[], boolean]>([
    [
      'keeps the signatures that all repositories have',
      [artifact({ seed: 'a' }), artifact({ seed: 'a' })],
      false
    ],
    [
      'warns where two repositories have other signatures',
      [artifact({ seed: 'a' }), artifact({ seed: 'b' })],
      true
    ],
    [
      'keeps the tag that has all signatures',
      [artifact({ layers: [Buffer.from('1')] }), artifact({ layers: [Buffer.from('1'), Buffer.from('2')] })],
      false
    ]
  ])('%s of an image that is in both', async (_what, signatures, isWarned) => {
    const registry = new KeepingRegistry()
    const tag = `${amd64.digest.replace(':', '-')}.sig`
    for (const [at, repository] of [home, other].entries()) {
      registry.seed(repository, amd64, ['amd64'])
      const signature = signatures[at]
      if (signature) registry.seed(repository, signature, [tag])
    }
    registry.seed(other, arm64, ['arm64'])
    const both = indexSourceOf([`${home}:amd64`, `${other}:amd64`, `${other}:arm64`])
    const report = await run(registry, requestOf(both, ['three.example/app:1']))
    expect(report.warnings.some(warning => warning.includes('other signatures'))).toBe(isWarned)
    const { tags } = registry.store.get('three.example/app') ?? {}
    expect(tags?.get(tag)).toBe((isWarned ? signatures[0] : signatures[1])?.digest)
    expect(report.copied.referrers).toBe(1)
  })

  test.each<[string, Image, RegExp]>([
    [
      'two images for one platform',
      image({ seed: 'again' }),
      /^making an index of 2 images: .*:amd64 and .*:other have different images for one platform, linux\/amd64/
    ],
    ['an artifact', artifact(), /other is not an image/],
    ['an image without a platform', provenance, /other has no platform/]
  ])('refuses %s before anything is written', async (_what, wrong, message) => {
    const registry = registryWithParts()
    registry.seed(home, wrong, ['other'])
    const report = await run(
      registry,
      requestOf(indexSourceOf([parts[0], `${home}:other`]), [`${home}:1`, 'three.example/app:1'])
    )
    expect(registry.writes).toStrictEqual([])
    expect(outcomesOf(report)).toStrictEqual(['not-attempted', 'not-attempted'])
    expect(report.sources[0]?.error?.code).toBe('MANIFEST_UNSUPPORTED')
    expect(messagesOf(report)).toMatch(message)
  })

  test('names the part that cannot be read', async () => {
    const registry = registryWithParts()
    registry.refuse = request => {
      if (request === `getManifest ${parts[1]}`) throw new PromotionError('DENIED', 'no')
    }
    expect(messagesOf(await run(registry, order([`${home}:1`])))).toBe(
      `making an index of 3 images: reading ${parts[1]}: no`
    )
  })

  test('stops reading parts that are too large together', async () => {
    const registry = registryWithParts()
    const huge = { ...manifestOf(attested), bytes: new Uint8Array(MAXIMUM_MANIFEST_BYTES) }
    let asked = 0
    registry.getManifest = () => Promise.resolve(asked++ < 60 ? huge : undefined)
    const many = Array.from({ length: 60 }, (_, number) => `${home}:huge${number.toString()}`)
    const report = await run(registry, requestOf(indexSourceOf([parts[0], ...many]), [`${home}:1`]))
    expect(messagesOf(report)).toContain('the index would be larger than 4 MiB')
    expect(asked).toBeLessThan(60)
  })

  test('joins the gates: platforms, and the digest of the index', async () => {
    const registry = registryWithParts()
    const lacking = await run(
      registry,
      order([`${home}:1`], { requirements: { platforms: ['linux/riscv64'] } })
    )
    expect(messagesOf(lacking)).toContain(
      'it lacks linux/riscv64; it has linux/amd64, linux/arm64, linux/s390x'
    )
    const made = await run(registry, order([`${home}:1`], { requirements: { platforms: ['linux/s390x'] } }))
    const digest = made.sources[0]?.image?.manifest.digest
    if (digest === undefined) throw new Error('no index was made')
    const again = order([`${home}:1`], { requirements: { digest, platforms: [] } })
    expect(isSuccessful(await run(registry, again))).toBe(true)
    const changed = {
      ...again,
      requirements: { digest: heldBy(registry, other, 'arm64')?.digest ?? digest, platforms: [] }
    }
    expect((await run(registry, changed)).sources[0]?.error?.code).toBe('DIGEST_MISMATCH')
  })
})

describe('promote, an index with a missing part', () => {
  const missing = indexSourceOf([parts[0], `${home}:gone`, `${other}:away`])

  test('fails and names what is missing, or skips it', async () => {
    const registry = registryWithParts()
    const failed = await run(registry, requestOf(missing, [`${home}:1`]))
    expect(failed.sources[0]?.error?.code).toBe('SOURCE_NOT_FOUND')
    expect(messagesOf(failed)).toBe(
      `there is no image ${home}:gone and ${other}:away: the registry answered 404`
    )
    const skipped = await run(registry, requestOf(missing, [`${home}:1`], { ifMissing: 'skip' }))
    expect(skipped.targets).toMatchObject([
      { outcome: 'skipped', reason: expect.stringContaining(`${home}:gone and`) }
    ])
    expect([isSuccessful(skipped), skipped.sources[0]?.isMissing]).toStrictEqual([true, true])
    const many = Array.from({ length: 9 }, (_, number) => `${home}:gone${number.toString()}`)
    expect(
      messagesOf(await run(registry, requestOf(indexSourceOf([parts[0], ...many]), [`${home}:1`])))
    ).toContain(`${home}:gone4 and 4 more`)
  })

  test('waits until all parts are there', async () => {
    const registry = registryWithParts()
    const waiting: string[] = []
    const clock = fakeClock(() => {
      const isFirst = clock.slept.length === 1
      registry.seed(isFirst ? home : other, s390x, [isFirst ? 'gone' : 'away'])
      return Promise.resolve()
    })
    const report = await promote(requestOf(missing, [`${home}:1`]), registry, {
      waitForSource: 60_000,
      clock,
      progress: {
        waiting: errors => waiting.push(...errors.map(({ message }) => message)),
        planned: () => undefined,
        copying: () => undefined
      }
    })
    expect(clock.slept).toHaveLength(2)
    expect(waiting[0]).toContain(`${home}:gone and ${other}:away`)
    expect(report.sources[0]?.image?.platforms).toStrictEqual(['linux/amd64', 'linux/s390x'])
    expect(isSuccessful(report)).toBe(true)
  })
})

describe('promote, an index among tags that hold something', () => {
  const forward = { ifExists: [{ pattern: '*', value: 'forward' as const }] }
  const labelled = (version: string, seed: string): Image =>
    image({ platform: 'linux/s390x', seed, labels: { 'org.opencontainers.image.version': version } })

  test.each([
    ['its annotations', { 'org.opencontainers.image.version': '2.0.0' }, 'moved'],
    ['its annotations, which say that it is older', { 'org.opencontainers.image.version': '0.9.0' }, 'kept'],
    ['the config of its first platform, in the repository of that part', {}, 'moved']
  ])('goes forward by %s', async (_what, annotations, outcome) => {
    const registry = registryWithParts()
    registry.seed(other, indexOf([labelled('1.5.0', 'new'), provenance]), ['first'])
    registry.seed(home, labelled('1.0.0', 'old'), ['latest'])
    registry.seed(home, image({ platform: 'windows/amd64' }), ['second'])
    const made = indexSourceOf([`${home}:second`, `${other}:first`], { annotations, order: 'platform' })
    const report = await run(registry, requestOf(made, [`${home}:latest`], forward))
    expect(outcomesOf(report)).toStrictEqual([outcome])
    expect(report.targets[0]?.comparison?.by).toBe('version')
  })

  test('leaves earlier images behind, and puts tags back after a failed write', async () => {
    const registry = registryWithParts()
    registry.seed(home, old, ['nightly'])
    const rotation = { keepPrevious: [{ pattern: 'nightly', value: 2 }] }
    expect(outcomesOf(await run(registry, order([`${home}:nightly`], rotation)))).toStrictEqual([
      'moved',
      'created'
    ])
    const made = heldBy(registry, home, 'nightly')?.digest
    registry.seed(home, old, ['nightly', 'latest'])
    registry.refuse = request => {
      if (request === `putManifest ${home}:nightly`) throw new PromotionError('DENIED', 'no')
    }
    const failed = await run(registry, order([`${home}:latest`, `${home}:nightly`]), { onFailure: 'restore' })
    expect(outcomesOf(failed)).toStrictEqual(['restored', 'failed'])
    expect([
      heldBy(registry, home, 'latest')?.digest,
      heldBy(registry, home, 'nightly-1')?.digest
    ]).toStrictEqual([old.digest, old.digest])
    expect(made).toBeDefined()
  })

  test('goes along with images in a set, all or nothing', async () => {
    const registry = registryWithParts()
    registry.seed('one.example/web', dockerImage(), ['main'])
    const set = setOf([
      [source, [`${home}:1`]],
      ['one.example/web:main', ['one.example/web:1']]
    ])
    expect(outcomesOf(await run(registry, set))).toStrictEqual(['created', 'created'])
    registry.seed(home, old, ['2'])
    const refused = setOf(
      [
        [source, [`${home}:2`]],
        ['one.example/web:main', ['one.example/web:2']]
      ],
      { ifExists: [{ pattern: '*', value: 'fail' }] }
    )
    const report = await run(registry, refused)
    expect([outcomesOf(report), registry.writes]).toStrictEqual([['refused', 'not-attempted'], []])
    expect(report.targets.map(({ target }) => formatReference(target))).toStrictEqual([
      `${home}:2`,
      'one.example/web:2'
    ])
  })
})
