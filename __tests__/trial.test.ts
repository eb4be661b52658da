/** Tests of the trial that other registries are put to: that it passes where all is well, and that it tells what is not. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { actBeside, acts } from '../trial/acts.ts'
import { digestOfTag } from '../trial/tag-reader.ts'
import { tryOut } from '../trial/trial.ts'
import { startDistribution } from '../testing/distribution.ts'
import { image } from '../testing/images.ts'
import { accounts } from '../testing/registries.ts'
import { startRegistry } from '../testing/registry-server.ts'

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
    expect(results).toHaveLength(9)
  }, 120_000)

  test('tells what is wrong with one that takes nothing', async () => {
    const [copies] = await tryOut({ base: readable.base, name: 'acme/app' }, acts.slice(0, 1))
    expect(copies?.problems[0]).toBe('the exit code is 1')
    expect(copies?.problems.at(-1)).toMatch(/^the tag points to nothing/)
  })
})

describe('digestOfTag', () => {
  test.each(['basic', 'bearer'] as const)(
    'reads with a login where a registry asks for one: %s',
    async kind => {
      const registry = await startRegistry({ auth: { kind, accounts } })
      try {
        const repository = { base: registry.base, name: 'acme/app', login }
        const pushed = image()
        registry.seed('acme/app', pushed, ['1.0'])
        expect(await digestOfTag(repository, '1.0')).toBe(pushed.digest)
        expect(await digestOfTag(repository, '2.0')).toBeUndefined()
      } finally {
        await registry.close()
      }
    }
  )

  test('throws when it is not let in', async () => {
    const registry = await startRegistry({ auth: { kind: 'basic', accounts } })
    try {
      await expect(digestOfTag({ base: registry.base, name: 'acme/app' }, '1.0')).rejects.toThrow('→ 401')
    } finally {
      await registry.close()
    }
  })
})
