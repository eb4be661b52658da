/** The jobs of the matrix: the state before, what is to be done, and the state after. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDistribution } from '../testing/distribution.ts'
import type { Upstream } from '../testing/fault-proxy.ts'
import { image, indexOf, referrerOf } from '../testing/images.ts'
import { type Place, pull, push } from '../testing/push.ts'
import { startTokenServer } from '../testing/token-server.ts'

/** The digests that tags point to; undefined for tags that do not exist. */
export type Tags = Readonly<Record<string, string | undefined>>

/** A job; every run has its own repositories. */
export interface Job {
  readonly title: string
  /** The registries that the action contacts, each through a proxy. */
  readonly upstreams: readonly Upstream[]
  readonly before: Tags
  readonly wanted: Tags
  /** Pushes the initial state to the run's repositories. */
  prepare(repository: string): Promise<void>
  /** The inputs, with the hosts of the proxies. */
  inputs(repository: string, hosts: readonly string[]): Readonly<Record<string, string>>
  /** Where a tag is, without the proxies. */
  place(repository: string, tag: string): Place
  close(): Promise<unknown>
}

const today = image({ seed: 'today' })
const last = image({ seed: 'last night' })
const older = image({ seed: 'the night before' })
const everyNew = ['1.4.2', '1.4', '1', 'latest'].map(tag => [tag, today.digest] as const)

/** Five targets, one of them moved, with two predecessors. */
const five: Pick<Job, 'title' | 'before' | 'wanted'> = {
  title: 'Five targets, one of them moved, `keep-previous: nightly=2`; distribution 2.8 with a token server',
  before: { nightly: last.digest, 'nightly-1': older.digest },
  wanted: {
    ...Object.fromEntries(everyNew),
    nightly: today.digest,
    'nightly-1': last.digest,
    'nightly-2': older.digest
  }
}

/** Starts what {@link five} needs. */
export async function retagging(): Promise<Job> {
  const directory = await mkdtemp(join(tmpdir(), 'retag-reliability-'))
  const tokens = await startTokenServer({ accounts: { ci: 'secret' } })
  const { realm, service, issuer, rootCertBundle } = tokens
  const auth = { kind: 'token', realm, service, issuer, rootCertBundle } as const
  const [front, back] = await Promise.all([
    startDistribution({ directory, auth }),
    startDistribution({ directory })
  ])
  const place = (repository: string): Place => ({ base: back.base, repository })
  return {
    ...five,
    upstreams: [{ registry: front.host, tokens: new URL(realm).host }],
    place,
    prepare: async repository => {
      await push(place(repository), older, ['nightly-1'])
      await push(place(repository), last, ['nightly'])
      await push(place(repository), today, ['main'])
    },
    inputs: (repository, [registry = '']) => ({
      ...{ registry, repository, username: 'ci', password: 'secret', source: 'main' },
      ...{ target: '1.4.2 1.4 1 latest nightly', 'keep-previous': 'nightly=2' }
    }),
    close: async () => {
      await Promise.all([front.close(), back.close(), tokens.close()])
      await rm(directory, { recursive: true, force: true })
    }
  }
}

/** Starts two registries: an index of two images and its signature are copied from one to the other, where one tag is new and one moves. */
export async function copying(): Promise<Job> {
  const [from, to] = await Promise.all([startDistribution(), startDistribution()])
  const layers = ['one', 'two', 'three'].map(text => Buffer.from(text))
  const root = indexOf([
    image({ platform: 'linux/amd64', layers: layers.slice(0, 2) }),
    image({ platform: 'linux/arm64', layers: layers.slice(2) })
  ])
  const place = (repository: string): Place => ({ base: to.base, repository })
  return {
    title:
      'An index of two images, with a signature, to another registry, where one tag is new and one moves',
    upstreams: [{ registry: from.host }, { registry: to.host }],
    before: { latest: last.digest },
    wanted: { '1.4.2': root.digest, latest: root.digest },
    place,
    prepare: async repository => {
      const home = { base: from.base, repository }
      await push(home, root, ['main'])
      await push(home, referrerOf(root), [`${root.digest.replace(':', '-')}.sig`])
      await push(place(repository), last, ['latest'])
    },
    inputs: (repository, [home = '', there = '']) => ({
      source: `${home}/${repository}:main`,
      target: ['1.4.2', 'latest'].map(tag => `${there}/${repository}:${tag}`).join(' ')
    }),
    close: () => Promise.all([from.close(), to.close()])
  }
}

/** Starts two registries: three images in one step, one of them in the second registry, each with one new tag and one that moves. */
export async function promotingSet(): Promise<Job> {
  const [first, second] = await Promise.all([startDistribution(), startDistribution()])
  const names = ['api', 'web', 'worker'] as const
  const images = names.map(name => [name, image({ seed: name })] as const)
  const numberOf = (name: string): number => (name === 'worker' ? 1 : 0)
  const at = (name: string, repository: string): Place => ({
    base: numberOf(name) === 0 ? first.base : second.base,
    repository: `${repository}/${name}`
  })
  return {
    title: 'Three images of two registries in one step, each with one new tag and one that moves',
    upstreams: [{ registry: first.host }, { registry: second.host }],
    before: Object.fromEntries(names.map(name => [name, last.digest])),
    wanted: Object.fromEntries(
      images.flatMap(([name, { digest }]) => [
        [name, digest],
        [`${name}-1.4.2`, digest]
      ])
    ),
    // Every tag begins with the name of its image.
    place: (repository, tag) => at(tag.split('-')[0] ?? '', repository),
    prepare: async repository => {
      for (const [name, built] of images) {
        await push(at(name, repository), last, [name])
        await push(at(name, repository), built, ['main'])
      }
    },
    inputs: (repository, hosts) => ({
      promotions: names
        .map(name => `${hosts[numberOf(name)] ?? ''}/${repository}/${name}:main -> ${name}-1.4.2 ${name}`)
        .join('\n')
    }),
    close: () => Promise.all([first.close(), second.close()])
  }
}

/** Starts a registry in which seven tags keep the last nights; each moves. */
export async function rotating(): Promise<Job> {
  const registry = await startDistribution()
  const nights = [...Array(7).keys()].map(night => image({ seed: `${night.toString()} nights ago` }))
  const tags = nights.map((_, night) => (night === 0 ? 'nightly' : `nightly-${night.toString()}`))
  const place = (repository: string): Place => ({ base: registry.base, repository })
  const holding = (images: typeof nights): Tags =>
    Object.fromEntries(tags.map((tag, night) => [tag, images[night]?.digest]))
  return {
    title: 'A rotation of seven tags',
    upstreams: [{ registry: registry.host }],
    before: holding(nights),
    wanted: holding([today, ...nights]),
    place,
    prepare: async repository => {
      for (const [night, tag] of tags.entries()) await push(place(repository), nights[night] ?? today, [tag])
      await push(place(repository), today, ['main'])
    },
    inputs: (repository, [host = '']) => ({
      ...{ registry: host, repository, source: 'main', target: 'nightly' },
      'keep-previous': (tags.length - 1).toString()
    }),
    close: () => registry.close()
  }
}

/** Reads the tags of a job. */
export async function tagsOf(job: Job, repository: string): Promise<Tags> {
  const held = Object.keys(job.wanted).map(
    async tag => [tag, (await pull(job.place(repository, tag), tag))?.digest] as const
  )
  return Object.fromEntries(await Promise.all(held))
}
