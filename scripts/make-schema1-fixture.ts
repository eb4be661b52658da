/**
 * Recreates __tests__/fixtures/schema1/: an image that umoci builds, skopeo converts to schema 1, and distribution 2.8 signs
 * and serves.
 *
 *     npx tsx scripts/make-schema1-fixture.ts
 *
 * Needs umoci, skopeo and, as the tests do, distribution 2.8. The registry signs with a key that it makes when it starts, so
 * each run gives other bytes; nothing in the tests depends on which.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startDistribution } from '../testing/distribution.ts'
import { pull } from '../testing/push.ts'
import { schema1Fixture } from '../testing/schema1-fixture.ts'

/** The fields of a schema-1 manifest that are read. */
interface Schema1 {
  readonly fsLayers: readonly { readonly blobSum: string }[]
}

const run = promisify(execFile)

/** Builds an image of one layer with one file in it; gives its OCI layout and name, as umoci and skopeo write it. */
async function build(folder: string): Promise<string> {
  const layout = join(folder, 'layout')
  const file = join(folder, 'greeting')
  await writeFile(file, 'Hello from 2015.\n')
  await run('umoci', ['init', '--layout', layout])
  await run('umoci', ['new', '--image', `${layout}:now`])
  await run('umoci', ['insert', '--rootless', '--image', `${layout}:now`, file, '/greeting'])
  return `${layout}:now`
}

/** Stores the manifest as the registry serves it, and each layer under the hex of its digest. */
async function keep(base: string): Promise<void> {
  const { folder, repository, tag } = schema1Fixture
  const served = await pull({ base, repository }, tag)
  if (served === undefined)
    throw new Error('skopeo says that it has copied, and the registry has no such image')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'manifest.json'), served.bytes)
  const { fsLayers } = JSON.parse(new TextDecoder().decode(served.bytes)) as Schema1
  for (const { blobSum } of fsLayers) {
    const blob = await fetch(`${base}/v2/${repository}/blobs/${blobSum}`)
    await writeFile(join(folder, blobSum.replace('sha256:', '')), new Uint8Array(await blob.arrayBuffer()))
  }
  console.log(`${folder}: ${served.mediaType}, ${served.bytes.length} bytes, ${fsLayers.length} layers`)
}

const { repository, tag } = schema1Fixture
const workshop = await mkdtemp(join(tmpdir(), 'retag-schema1-'))
const registry = await startDistribution({ schema1: true })
try {
  const target = `docker://${registry.host}/${repository}:${tag}`
  await run('skopeo', [
    'copy',
    '--format=v2s1',
    '--dest-tls-verify=false',
    `oci:${await build(workshop)}`,
    target
  ])
  await keep(registry.base)
} finally {
  await registry.close()
  await rm(workshop, { recursive: true, force: true })
}
