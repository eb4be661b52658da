/** Tests of the trial that other registries are put to: that it passes where all is well, and that it tells what is not. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { actBeside, acts } from '../trial/acts.ts'
import { sbom, versions } from '../trial/images.ts'
import { digestOf, referrersOf } from '../trial/reader.ts'
import { tryOut } from '../trial/trial.ts'
import { startDistribution } from '../testing/distribution.ts'
import { image } from '../testing/images.ts'
import { accounts } from '../testing/registries.ts'
import { type Answer, jsonAnswer } from '../testing/registry-exchange.ts'
import { type RegistryServer, startRegistry } from '../testing/registry-server.ts'

const [readable, writable] = await Promise.all([startDistribution({ readOnly: true }), startDistribution()])
afterAll(() => Promise.all([readable.close(), writable.close()]))
const login = { username: 'anna', password: accounts.anna }

describe('tryOut', () => {
  test('finds no problem with a registry that does as it should', async () => {
    const results = await tryOut({ base: writable.base, name: 'acme/app' }, [
      ...acts,
      actBeside('acme/other')
    ])
    expect(results.flatMap(({ problems }) => problems)).toStrictEqual([])
    expect(results).toHaveLength(13)
  }, 120_000)

  test('tells what is wrong with one that takes nothing', async () => {
    const [copies] = await tryOut({ base: readable.base, name: 'acme/app' }, acts.slice(0, 1))
    expect(copies?.problems[0]).toBe('the exit code is 1')
    expect(copies?.problems.at(-1)).toBe('what refers to the image is [], without the SBOM')
  })
})

describe('what a registry loses', () => {
  const losing = (pattern: RegExp, answer: Answer): Promise<RegistryServer> =>
    startRegistry({
      profile: {
        name: 'loses',
        before: ({ method, url, headers }) =>
          // The trial has no name of its own for itself; the action has.
          method !== 'PUT' && headers['user-agent'] !== 'retag' && pattern.test(url.pathname)
            ? answer
            : undefined
      }
    })
  const [platform] = versions.older.children

  test.each<[string, RegExp, Answer, string]>([
    ['a referrer', /\/referrers\//, jsonAnswer({ schemaVersion: 2, manifests: [] }), 'without the SBOM'],
    ['the SBOM itself', new RegExp(sbom.digest), { status: 404 }, `${sbom.digest} is nothing`],
    ['a signature', /\.sig$/, { status: 404 }, '.sig is nothing'],
    [
      'a platform',
      new RegExp(platform?.digest ?? ''),
      { status: 404 },
      `${platform?.digest ?? ''} is nothing`
    ]
  ])('is told: %s', async (_what, ...[pattern, answer, problem]) => {
    const registry = await losing(pattern, answer)
    try {
      const [copies] = await tryOut({ base: registry.base, name: 'acme/app' }, acts.slice(0, 1))
      expect(copies?.problems).toEqual([expect.stringContaining(problem)])
    } finally {
      await registry.close()
    }
  })
})

describe('referrersOf', () => {
  test('reads the tag of a registry without the API', async () => {
    const registry = await startDistribution()
    try {
      const [copies] = await tryOut({ base: registry.base, name: 'acme/app' }, acts.slice(0, 1))
      expect(copies?.problems).toEqual([])
      const repository = { base: registry.base, name: 'acme/app' }
      expect(await referrersOf(repository, versions.older.digest)).toEqual([sbom.digest])
      expect(await referrersOf(repository, versions.newer.digest)).toEqual([])
    } finally {
      await registry.close()
    }
  })
})

describe('digestOf', () => {
  test('waits where a registry limits requests', async () => {
    let asked = 0
    const limit = { status: 429, headers: { 'retry-after': '1' } }
    const registry = await startRegistry({
      profile: { name: 'limits', before: () => (asked++ ? undefined : limit) }
    })
    try {
      expect(await digestOf({ base: registry.base, name: 'acme/app' }, '1.0')).toBeUndefined()
      expect(asked).toBe(2)
    } finally {
      await registry.close()
    }
  })

  test.each(['basic', 'bearer'] as const)(
    'reads with a login where a registry asks for one: %s',
    async kind => {
      const registry = await startRegistry({ auth: { kind, accounts } })
      try {
        const repository = { base: registry.base, name: 'acme/app', login }
        const pushed = image()
        registry.seed('acme/app', pushed, ['1.0'])
        expect(await digestOf(repository, '1.0')).toBe(pushed.digest)
        expect(await digestOf(repository, '2.0')).toBeUndefined()
      } finally {
        await registry.close()
      }
    }
  )

  test('throws when it is not let in', async () => {
    const registry = await startRegistry({ auth: { kind: 'basic', accounts } })
    try {
      await expect(digestOf({ base: registry.base, name: 'acme/app' }, '1.0')).rejects.toThrow('→ 401')
    } finally {
      await registry.close()
    }
  })
})
