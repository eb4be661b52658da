/**
 * Makes docs/summary-light.png and docs/summary-dark.png, the pictures of a job summary in the README:
 *
 *     npm run picture
 *
 * The built action gives an image its release tags in a registry that this script starts. Its job summary is rendered as GitHub
 * renders Markdown, and Chromium takes the pictures. Needs Debian's packages chromium, pngquant, fonts-noto-core and
 * fonts-noto-color-emoji; npm fetches the renderer.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { image, indexOf } from '../testing/images.ts'
import { root } from '../testing/markdown-document.ts'
import { push } from '../testing/push.ts'
import { startRegistry } from '../testing/registry-server.ts'
import { runAction } from '../testing/run-action.ts'

// The step that rolls back has a line of this width.
const WIDTH = 960
const themes = {
  light: { border: '#d1d9e0', background: '#ffffff' },
  dark: { border: '#3d444d', background: '#0d1117' }
} as const
const renderers = ['marked@18.2.1', 'github-markdown-css@5.9.0']
const run = promisify(execFile)

/** Runs the action where latest points to an older release; gives the summary, with a registry's public name in it. */
async function summary(): Promise<string> {
  const registry = await startRegistry()
  try {
    const place = { base: registry.base, repository: 'acme/app' }
    const release = (version: string) =>
      indexOf(['linux/amd64', 'linux/arm64'].map(platform => image({ platform, seed: version })))
    await push(place, release('1.3.2'), ['latest'])
    await push(place, release('1.4.0'), ['sha-4f2a91c'])
    const inputs = { source: 'sha-4f2a91c', target: '1.4.0\nlatest' }
    const done = await runAction({ registry: registry.host, repository: place.repository, ...inputs })
    return done.summary.replaceAll(registry.host, 'ghcr.io').replace('<details>', '<details open>')
  } finally {
    await registry.close()
  }
}

/** Renders Markdown as GitHub does, as a page whose title is its height. */
async function page(markdown: string, folder: string, theme: keyof typeof themes): Promise<string> {
  const require = createRequire(join(folder, 'page.html'))
  const { marked } = (await import(pathToFileURL(require.resolve('marked')).href)) as {
    readonly marked: (text: string) => string
  }
  const style = await readFile(require.resolve(`github-markdown-css/github-markdown-${theme}.css`), 'utf8')
  const { border, background } = themes[theme]
  return `<!doctype html><meta charset="utf-8"><style>${style} html { background: ${background} } body { margin: 0; padding: 4px }
    main { padding: 0 24px; border: 1px solid ${border}; border-radius: 8px }</style>
    <body class="markdown-body"><main>${marked(markdown)}</main>
    <script>document.title = Math.ceil(document.body.getBoundingClientRect().height)</script>`
}

/** Takes a picture of a whole page, two pixels to a point. */
async function photograph(file: string, picture: string): Promise<void> {
  const options = ['--headless', '--no-sandbox', '--hide-scrollbars', '--force-device-scale-factor=2']
  const size = (height: number): string => `--window-size=${WIDTH.toString()},${height.toString()}`
  const { href } = pathToFileURL(file)
  const { stdout } = await run('chromium', [...options, size(600), '--dump-dom', href])
  const height = Number(/<title>(\d+)<\/title>/.exec(stdout)?.[1])
  await run('chromium', [...options, size(height), `--screenshot=${picture}`, href])
  await run('pngquant', ['--force', '--output', picture, '64', picture])
}

const folder = await mkdtemp(join(tmpdir(), 'retag-picture-'))
try {
  await run('npm', ['install', '--no-save', '--prefix', folder, ...renderers], {
    shell: process.platform === 'win32'
  })
  const markdown = await summary()
  for (const theme of ['light', 'dark'] as const) {
    const file = join(folder, `${theme}.html`)
    await writeFile(file, await page(markdown, folder, theme))
    const picture = join(root, 'docs', `summary-${theme}.png`)
    await photograph(file, picture)
    console.log(`${picture}: ${((await readFile(picture)).length / 1000).toFixed(0)} kB`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
