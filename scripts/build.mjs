/**
 * Bundles src/index.ts into dist/ with ncc: index.js (readable, ESM), package.json, licenses.txt.
 *
 * Two packages are left out, because nothing that Retag calls reaches them (docs/adr/0002-left-out-of-the-bundle.md):
 * `undici`, which @actions/http-client loads for `getAgentDispatcher` alone and which is seven times as large as all the
 * rest, and `@actions/exec`, which @actions/core loads for `platform.getDetails` alone. A built-in module replaces
 * each import.
 */
import ncc from '@vercel/ncc'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { dirname, join } from 'node:path'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

const { code, assets } = await ncc(join(root, 'src', 'index.ts'), {
  externals: { undici: 'node:path', '@actions/exec': 'node:path' },
  license: 'licenses.txt',
  cache: false,
  quiet: true
}).catch(error => {
  // A stack of ncc's own is a megabyte of minified code; what the compiler says is in the message.
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})

await rm(dist, { recursive: true, force: true })
await mkdir(dist)
await writeFile(join(dist, 'index.js'), code)
for (const [name, { source }] of Object.entries(assets)) {
  await mkdir(dirname(join(dist, name)), { recursive: true })
  await writeFile(join(dist, name), source)
}
console.log(`dist/: ${(await readdir(dist)).join(', ')}; index.js ${code.length} bytes`)
