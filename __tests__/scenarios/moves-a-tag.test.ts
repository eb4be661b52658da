/** Scenario: a tag points to the image of yesterday and is moved to the one of today. */
import { afterAll, expect, test } from '@jest/globals'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const registry = await startDistribution()
afterAll(() => registry.close())

test('moves a tag', async () => {
  const here = { base: registry.base, repository: 'acme/app' }
  const yesterday = image({ seed: 'yesterday' })
  const today = image({ seed: 'today' })
  await push(here, yesterday, ['nightly'])
  await push(here, today, ['sha-2'])

  const run = await runAction({
    registry: registry.host,
    repository: 'acme/app',
    source: 'sha-2',
    target: 'nightly'
  })

  expect((await pull(here, 'nightly'))?.digest).toBe(today.digest)
  expect((await pull(here, yesterday.digest))?.digest).toBe(yesterday.digest)
  expect(run).toMatchObject({
    exitCode: 0,
    outputs: { changed: 'true', digest: today.digest, 'previous-digest': yesterday.digest },
    report: { targets: [{ outcome: 'moved', digest: today.digest, previousDigest: yesterday.digest }] }
  })
  const [before, after] = [yesterday, today].map(({ digest }) => digest.slice(0, 'sha256:'.length + 12))
  expect(run.log).toContain(`${before ?? ''} → ${after ?? ''}`)
  const cells = [before, after].map(digest => `\`${digest?.slice('sha256:'.length) ?? ''}\``)
  expect(run.summary).toContain(`| \`nightly\` | ${cells.join(' | ')} |`)
})
