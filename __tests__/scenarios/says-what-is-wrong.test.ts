/** Scenario: something is not as it should be, and the one annotation tells what, and what to do. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())
beforeAll(() => push({ base: registry.base, repository: 'acme/app' }, image(), ['1.0']))

const home = { registry: registry.host, repository: 'acme/app' }
// No program may listen on port 1 without being root, and none does; ".invalid" is no one's by RFC 2606.
const nobody = '127.0.0.1:1'
const nowhere = 'registry.invalid'

test.each([
  {
    what: 'there is no such image',
    inputs: { ...home, source: '2.0' },
    code: 'SOURCE_NOT_FOUND',
    says: 'app:2.0'
  },
  {
    what: 'there is no such repository',
    inputs: { ...home, repository: 'acme/ape' },
    code: 'SOURCE_NOT_FOUND',
    says: 'ape:1.0'
  },
  {
    what: 'nobody listens there',
    inputs: { ...home, registry: nobody },
    code: 'REGISTRY_UNAVAILABLE',
    says: 'refused'
  },
  {
    what: 'there is no such host',
    inputs: { ...home, registry: nowhere },
    code: 'REGISTRY_UNAVAILABLE',
    says: 'no such host'
  }
])('says that $what', async ({ inputs, code, says }) => {
  const run = await runAction({ source: '1.0', target: 'latest', ...inputs })

  expect(run).toMatchObject({
    exitCode: 1,
    outputs: { digest: '', changed: 'false' },
    annotations: [{ level: 'error', title: `Retag: ${code}` }],
    report: { targets: [{ outcome: 'not-attempted' }] }
  })
  const message = run.annotations[0]?.message ?? ''
  expect(message).toContain(says)
  expect(message).toMatch(/\nCheck /)
  expect(run.summary).toContain(`\`${code}\``)
})

test('says all that is wrong with the inputs at once, before any request', async () => {
  const asked = await registry.requestsBy('retag')

  const run = await runAction({
    ...home,
    source: '1.0',
    target: 'latest .hidden ghcr.io/acme/app@sha256:12',
    username: 'ci',
    'insecure-registries': 'http://localhost'
  })

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: INPUT_INVALID' }] })
  expect(run.annotations).toHaveLength(1)
  for (const mistake of [
    '4 mistakes in the inputs',
    'target: ".hidden" is not a tag',
    'target: "sha256:12" is not a digest',
    'username: is given without password',
    'insecure-registries: "http://localhost" begins with http://'
  ])
    expect(run.annotations[0]?.message).toContain(mistake)
  expect(await registry.requestsBy('retag')).toEqual(asked)
})

test('writes nothing where an input is misspelt, and says which is meant', async () => {
  const asked = await registry.requestsBy('retag')

  const run = await runAction(
    { ...home, source: '1.0', target: 'latest' },
    { env: { INPUT_DRY_RUN: 'true' } }
  )

  expect(run).toMatchObject({ exitCode: 1, annotations: [{ title: 'Retag: INPUT_INVALID' }] })
  expect(run.annotations[0]?.message).toContain('dry-run: "dry_run" is not an input of Retag. Write dry-run.')
  expect(await registry.requestsBy('retag')).toEqual(asked)
})
