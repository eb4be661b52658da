/** Scenario: a layer in the source's storage is not what it was when it was pushed; no tag moves, in no registry. */
import { afterAll, expect, test } from '@jest/globals'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDistribution } from '../../testing/distribution.ts'
import { image } from '../../testing/images.ts'
import { pull, push } from '../../testing/push.ts'
import { runAction } from '../../testing/run-action.ts'

const directory = await mkdtemp(join(tmpdir(), 'retag-storage-'))
const [home, other] = await Promise.all([startDistribution({ directory }), startDistribution()])
afterAll(async () => {
  await Promise.all([home.close(), other.close()])
  await rm(directory, { recursive: true, force: true })
})

test('tags nothing after a broken copy', async () => {
  const here = { base: home.base, repository: 'acme/app' }
  const there = { base: other.base, repository: 'acme/app' }
  const [today, yesterday] = [image({ layers: [Buffer.from('a layer')] }), image({ seed: 'yesterday' })]
  await push(here, today, ['sha-1'])
  for (const place of [here, there]) await push(place, yesterday, ['latest'])
  const [, hex = ''] = (today.blobs[1]?.digest ?? '').split(':')
  const file = join(directory, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data')
  await writeFile(file, (await readFile(file, 'utf8')).replace('layer', 'lAyer'))

  const run = await runAction({
    source: `${home.host}/acme/app:sha-1`,
    target: `${home.host}/acme/app:latest ${other.host}/acme/app:latest`
  })

  expect(run).toMatchObject({
    exitCode: 1,
    annotations: [{ level: 'error', title: 'Retag: DIGEST_MISMATCH' }],
    report: { targets: [{ outcome: 'not-attempted' }, { outcome: 'not-attempted' }] }
  })
  for (const place of [here, there]) expect((await pull(place, 'latest'))?.digest).toBe(yesterday.digest)
})
