/** Scenario: registries that differ from the specification, each by the profile of a product. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Image, image, indexWithAttestations } from '../../testing/images.ts'
import {
  artifactory,
  distribution,
  forgetful,
  harbor,
  keppel,
  olareg,
  readOnly
} from '../../testing/products.ts'
import type { Profile } from '../../testing/profiles.ts'
import { errorAnswer } from '../../testing/registry-exchange.ts'
import { type RegistryServer, startRegistry } from '../../testing/registry-server.ts'
import type { Store } from '../../testing/registry-store.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'

const open: RegistryServer[] = []
afterAll(() => Promise.all(open.map(server => server.close())))

async function start(profile?: Profile): Promise<RegistryServer> {
  const server = await startRegistry(profile && { profile })
  open.push(server)
  return server
}

async function startWith(profile: Profile, seeded: Image = image()): Promise<RegistryServer> {
  const server = await start(profile)
  server.seed('acme/app', seeded, ['sha-1'])
  return server
}

const run = (registry: RegistryServer, inputs: Readonly<Record<string, string>>): Promise<ActionRun> =>
  runAction({ registry: registry.host, repository: 'acme/app', source: 'sha-1', ...inputs })
const outcomesOf = ({ report }: ActionRun): (string | undefined)[] =>
  (report?.targets ?? []).map(({ outcome }) => outcome)
const puts = ({ log }: RegistryServer): string[] =>
  log.filter(({ method }) => method === 'PUT').map(({ path }) => path.split('/').pop() ?? '')

describe('a registry that answers 403 for what does not exist (Artifactory)', () => {
  test('gets tags that are to be moved, without being told what they pointed to', async () => {
    const registry = await startWith(artifactory)
    const done = await run(registry, { target: '1.0 sha-1' })
    expect(done).toMatchObject({ exitCode: 0, outputs: { changed: 'true', 'previous-digest': '' } })
    expect(outcomesOf(done)).toEqual(['moved', 'unchanged'])
    expect(done.report?.targets[0]?.reason).toContain('written without knowing what it pointed to')
    expect(done.annotations).toEqual([
      expect.objectContaining({
        level: 'warning',
        message: expect.stringContaining('nothing can be put back there')
      })
    ])
    expect(registry.tag('acme/app', '1.0')).toBe(registry.tag('acme/app', 'sha-1'))
  })

  test.each([
    ['if-exists', { 'if-exists': 'fail' }],
    ['keep-previous', { 'keep-previous': '1' }]
  ])('is refused under %s, which is to be judged, with the way out', async (name, inputs) => {
    const registry = await startWith(artifactory)
    const done = await run(registry, { target: '1.0', ...inputs })
    expect(done).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: DENIED' }] })
    expect(done.annotations[0]?.message).toMatch(new RegExp(`${name}.*cannot be read.*right to pull`, 's'))
    expect(puts(registry)).toEqual([])
  })

  test('gets copies, with no warning of signatures that do not exist', async () => {
    const [from, to] = [await startWith(artifactory), await start(artifactory)]
    const done = await run(from, { target: `${to.host}/acme/app:1.0` })
    expect(done).toMatchObject({ exitCode: 0, report: { copied: { manifests: 1, blobs: 2 } } })
    expect(done.annotations).toHaveLength(1)
    expect(to.tag('acme/app', '1.0')).toBe(from.tag('acme/app', 'sha-1'))
  })
})

test('a tag that a policy protects is named, with what may be done (Keppel)', async () => {
  const registry = await startWith(keppel)
  const done = await run(registry, { target: '1.0' })
  expect(done).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: REGISTRY_REJECTED' }] })
  expect(done.annotations[0]?.message).toContain('protects this tag from being moved')
})

test.each([
  ['is read-only, or a pull-through cache', readOnly, 'acme/app', 'read-only, or a pull-through cache'],
  ['has no room left (Harbor)', harbor, 'acme/app', 'quota is used up'],
  ['does not know the project (Harbor)', harbor, 'nowhere/app', 'Create the project']
])('a registry that %s says so', async (_what, ...[profile, repository, advice]) => {
  const registry = await startWith(profile)
  const done = await run(registry, { target: `${registry.host}/${repository}:1.0` })
  expect(done).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: REGISTRY_REJECTED' }] })
  expect(done.annotations[0]?.message).toContain(advice)
})

test('a registry that limits requests gets all tags, at its pace, and the log says so (olareg)', async () => {
  const registry = await startWith(olareg(10))
  const tags = Array.from({ length: 12 }, (_, index) => `1.0.${index.toString()}`)
  const done = await run(registry, { target: tags.join(' ') })
  expect(outcomesOf(done)).toEqual(tags.map(() => 'created'))
  expect(done.exitCode).toBe(0)
  expect(done.log).toMatch(/limits requests \(429\); waiting 1\.0 s, then sending about 10 a second/)
  expect(registry.log.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
})

describe('copies to another registry without the referrers API', () => {
  test('ask for nothing twice, and for nothing that BuildKit’s attestations cannot have', async () => {
    const layersOf = (name: string): Uint8Array[] => ['1', '2'].map(layer => Buffer.from(name + layer))
    const platforms = ['amd64', 'arm64', 'riscv64'].map(name =>
      image({ platform: `linux/${name}`, seed: name, layers: layersOf(name) })
    )
    const root = indexWithAttestations(platforms)
    const [from, to] = [await startWith(distribution, root), await start(distribution)]
    const target = `${to.host}/acme/app:1.0`
    const count = async (): Promise<number> => {
      for (const server of [from, to]) server.clearLog()
      expect(await run(from, { target })).toMatchObject({ exitCode: 0, annotations: [] })
      return from.log.length + to.log.length
    }
    const [first, second] = [await count(), await count()]
    // And a second look at the tag where the copy took more than a second.
    expect([88, 89]).toContain(first)
    // 1 reads the source, 17 look for what is attached to it, 7 look at the target.
    expect(second).toBe(25)
    expect(to.tag('acme/app', '1.0')).toBe(root.digest)
  })
})

describe('a registry that deletes an image when its last tag moves (Gitea, vex)', () => {
  const versioned = (version: string): Image =>
    image({ seed: version, labels: { 'org.opencontainers.image.version': version } })
  const [older, newer] = [versioned('1.0.0'), versioned('1.1.0')]

  /** Moves `latest`, then fails to move `stable`. */
  async function moveLatest(
    inputs: Readonly<Record<string, string>>
  ): Promise<{ done: ActionRun; registry: RegistryServer }> {
    const isMoved = (store: Store): boolean => store.get('acme/app')?.tags.get('latest') === newer.digest
    const registry = await startWith(
      {
        ...forgetful,
        before: async ({ method, resource, store }) => {
          if (method !== 'PUT' || resource?.name !== 'stable') return undefined
          while (!isMoved(store)) await new Promise(setImmediate)
          return errorAnswer(403, 'DENIED', 'stable is ours')
        }
      },
      newer
    )
    registry.seed('acme/app', older, ['latest'])
    registry.seed('acme/app', image({ seed: 'other' }), ['stable'])
    return { registry, done: await run(registry, { target: 'latest stable', ...inputs }) }
  }

  test('gets the image back from the bytes that forward has read', async () => {
    const { done, registry } = await moveLatest({ 'if-exists': 'latest=forward' })
    expect(done).toMatchObject({ exitCode: 1, annotations: [{ title: expect.stringContaining('DENIED') }] })
    expect(outcomesOf(done)).toEqual(['restored', 'failed'])
    expect(registry.tag('acme/app', 'latest')).toBe(older.digest)
    expect(registry.store.get('acme/app')?.manifests.has(older.digest)).toBe(true)
  })

  test('leads to an error that says what is lost, under the title of what failed first', async () => {
    const { done, registry } = await moveLatest({})
    expect(done).toMatchObject({ exitCode: 1, annotations: [{ title: expect.stringContaining('DENIED') }] })
    expect(outcomesOf(done)).toEqual(['failed', 'failed'])
    expect(done.annotations[0]?.message).toMatch(
      new RegExp(
        `latest back to ${older.digest}: the registry no longer has that image.*Push the image again`,
        's'
      )
    )
    // The step that puts a tag back would find nothing.
    expect(done.summary).not.toContain('promotions:')
    expect(registry.tag('acme/app', 'latest')).toBe(newer.digest)
  })
})
