/** Scenario: a promotion turns out to be wrong, and the step from its summary takes it back. */
import { afterAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

interface Step {
  readonly uses: string
  readonly with: Readonly<Record<string, string>>
}

test('gives the step that rolls back a set of images', async () => {
  const here = { base: registry.base, repository: 'acme/app' }
  const web = { base: registry.base, repository: 'acme/web' }
  const [good, better, bad] = ['good', 'better', 'bad'].map(seed => image({ seed })) as [
    ReturnType<typeof image>,
    ReturnType<typeof image>,
    ReturnType<typeof image>
  ]
  await push(here, good, ['stable'])
  await push(here, better, ['latest', 'edge'])
  await push(here, bad, ['main'])
  await push(web, good, ['latest'])
  await push(web, bad, ['main'])
  const promotions = [
    `${registry.host}/acme/app:main -> stable latest edge new`,
    `${registry.host}/acme/web:main -> latest`
  ].join('\n')
  const promotion = await runAction(
    { promotions },
    { env: { GITHUB_ACTION_REPOSITORY: 'acme/retag', GITHUB_ACTION_REF: 'v1' } }
  )

  const [, yaml = ''] = /```yaml\n([^]*?)\n```/.exec(promotion.summary) ?? []
  const [step, ...others] = parse(yaml) as Step[]
  expect(step?.uses).toBe('acme/retag@v1')
  expect(others).toHaveLength(0)
  expect((await runAction(step?.with ?? {})).exitCode).toBe(0)

  const now = await Promise.all(['stable', 'latest', 'edge', 'new'].map(tag => pull(here, tag)))
  expect(now.map(pulled => pulled?.digest)).toStrictEqual([
    good.digest,
    better.digest,
    better.digest,
    bad.digest
  ])
  expect((await pull(web, 'latest'))?.digest).toBe(good.digest)
})
