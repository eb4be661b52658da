/** Scenario: the build handed on a digest, and exactly that image is to be tagged. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

const repository = 'acme/app'
const here = { base: registry.base, repository }
const home = { registry: registry.host, repository }
const wanted = image({ seed: 'wanted' })
const other = image({ seed: 'other' })
beforeAll(async () => {
  await push(here, wanted, [])
  await push(here, other, ['edge'])
})

test('takes a source by digest', async () => {
  const run = await runAction({ ...home, source: wanted.digest, target: 'by-digest' })

  expect(run).toMatchObject({ exitCode: 0, outputs: { digest: wanted.digest } })
  expect((await pull(here, 'by-digest'))?.digest).toBe(wanted.digest)
})

test('takes full references, in which the digest decides', async () => {
  const name = `${registry.host}/${repository}`

  const run = await runAction({ source: `${name}:edge@${wanted.digest}`, target: `${name}:by-reference` })

  expect(run).toMatchObject({ exitCode: 0, outputs: { digest: wanted.digest, tags: `${name}:by-reference` } })
  expect((await pull(here, 'by-reference'))?.digest).toBe(wanted.digest)
})

test('says that there is no image of that digest', async () => {
  const missing = image({ seed: 'never pushed' }).digest

  const run = await runAction({ ...home, source: missing, target: 'missing' })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: SOURCE_NOT_FOUND' }] })
  expect(run.annotations[0]?.message).toContain(`${registry.host}/${repository}@${missing}`)
  expect(await pull(here, 'missing')).toBeUndefined()
})
