/** Scenario: a registry means harm. Its answers have no end, or are made to be taken for something else: nothing comes of it. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type ServerResponse, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outputNames } from '../../src/action/present/outputs.ts'
import { startHostileRegistry } from '../../testing/hostile-registry.ts'
import { image } from '../../testing/images.ts'
import { listen } from '../../testing/loopback.ts'
import { type ActionRun, runAction } from '../../testing/run-action.ts'

const said = [
  '::error title=mine::x',
  '\n::add-mask::mine',
  '##[error]mine',
  'a%0A::set-output name=digest::mine',
  'a\r::warning::mine',
  '\u001b[31mmine\u001b[0m',
  '\u202egnp.exe\u2066mine\u200b',
  'a | mine | b |\n|---|---|---|',
  '<img src="https://evil.example/mine.png"><!-- mine',
  '@octocat mine @acme/team',
  '#12 GH-12 acme/app#12 mine',
  '[mine](https://evil.example) :tada: www.evil.example',
  '\n</details></table><h1>mine</h1>\n# mine\n```\n',
  'a\nghadelimiter_0\ndigest<<x\nmine\nx\n'
]
const good = image()
const registry = await startHostileRegistry(said)
const folder = await mkdtemp(join(tmpdir(), 'retag-peak-'))
const peakFile = join(folder, 'peak')
afterAll(async () => {
  await registry.close()
  await rm(folder, { recursive: true, force: true })
})

// In KiB. A plain run takes some seventy MiB; each of the 4 MiB of JSON that come together some fifty when they are parsed.
const MOST_MEMORY = 512 * 1024
// What is on its way in buffers when a connection is closed, of eight that are read.
const MOST_WRITTEN = 64 * 1024 * 1024

// Notes, when the action ends, the most memory that it ever had, in KiB.
const note = `import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.PEAK,String(process.resourceUsage().maxRSS)))`
const watched = { PEAK: peakFile, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(note)}` }

function promote(source: string, target = 'latest'): Promise<ActionRun> {
  const home = { registry: registry.host, repository: 'acme/app' }
  return runAction({ ...home, source, target }, { env: watched, timeoutMs: 80_000 })
}

test('answers that have no end, or far too much in them, are given up, and memory stays as it is', async () => {
  const harms: Readonly<Record<string, RegExp>> = {
    'endless-manifest': /larger than 4 MiB/,
    'endless-error': /no no no/,
    'endless-header': /not well-formed/,
    'endless-headers': /not well-formed/,
    'deep-lists': /is not a manifest/,
    'deep-objects': /is not a manifest/,
    bomb: /encoded \("gzip"\)/,
    'many-objects': /is not a manifest/
  }

  const run = await promote('good', Object.keys(harms).join('\n'))

  expect(run.exitCode).toBe(1)
  expect(run.report?.targets.map(({ reason }) => reason)).toEqual(
    Object.values(harms).map(reason => expect.stringMatching(reason))
  )
  expect(Number(await readFile(peakFile, 'utf8'))).toBeLessThan(MOST_MEMORY)
  expect(registry.written).toBeLessThan(MOST_WRITTEN)
})

test('a token server whose answer has no end is given up, too', async () => {
  const run = await promote('endless-token')

  expect(run.annotations).toMatchObject([{ message: expect.stringContaining('larger than 128 KiB') }])
  expect(Number(await readFile(peakFile, 'utf8'))).toBeLessThan(MOST_MEMORY)
})

test('an image whose manifests are huge together is given up, and little of each is kept', async () => {
  const run = await promote('heavy', `${registry.host}/acme/elsewhere:latest`)

  expect(run.annotations).toMatchObject([
    { title: 'Retag: MANIFEST_UNSUPPORTED', message: expect.stringContaining('larger than 64 MiB') }
  ])
  expect(Number(await readFile(peakFile, 'utf8'))).toBeLessThan(MOST_MEMORY)
}, 90_000)

describe('what a registry says of a tag is text, and nothing but that:', () => {
  const numbers = said.map((_, index) => index.toString())

  test('in errors', async () => {
    const run = await promote('good', numbers.join('\n'))
    expect(run.report?.targets.map(({ outcome }) => outcome)).toEqual(said.map(() => 'refused'))
    for (const { reason } of run.report?.targets ?? []) expect(reason).toMatch(/mine|octocat|evil/)
    expectHarmless(run)
  })

  test('in media types', async () => {
    expectHarmless(await promote('typed'))
  })
})

test('a credential that a registry quotes is shown nowhere, in no form and not in part', async () => {
  const password = 'dckr_pat_<b>Ab_c1&2  *é'
  const pair = Buffer.from(`anna:${password}`).toString('base64')
  const said: Readonly<Record<string, (response: ServerResponse) => void>> = {
    plain: response => response.end(`you sent ${password}, ${pair}`),
    json: response =>
      response.end(JSON.stringify({ errors: [{ code: password, message: `x ${password} ${pair}` }] })),
    escaped: response =>
      response.end(
        `{"errors":[{"message":"${password
          .split('')
          .map(c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join('')}"}]}`
      ),
    encoded: response =>
      response.end(`${encodeURIComponent(password)} ${new URLSearchParams({ password }).toString()}`),
    folded: response => response.end(password.replace('  ', ' ')),
    cut: response => response.end('x'.repeat(150) + ' '.repeat(8 * 1024 - 150 - 12) + password),
    moved: response =>
      response.writeHead(307, { location: `/v2/${pair}/${encodeURIComponent(password)}` }).end(),
    nowhere: response => response.writeHead(307, { location: `https://${pair}:99999/` }).end(),
    digest: response =>
      response.writeHead(200, { 'docker-content-digest': pair, 'content-type': `text/${pair}` }).end('{}')
  }
  const quoting = await listen(
    createServer(({ headers, url = '', method }, response) => {
      const tag = url.split('/').at(-1) ?? ''
      if (headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
      else if (tag === 'main') response.writeHead(200, { 'content-type': good.mediaType }).end(good.bytes)
      else if (method === 'HEAD') response.writeHead(200).end()
      else {
        response.statusCode = 400
        const say = said[tag] ?? said.plain
        say?.(response)
      }
    })
  )
  const run = await runAction(
    {
      registry: quoting.host,
      repository: 'acme/app',
      source: 'main',
      target: Object.keys(said).join(' '),
      username: 'anna',
      password
    },
    { env: { RUNNER_DEBUG: '1' } }
  )
  await quoting.close()
  expect(run.report?.targets.map(({ outcome }) => outcome)).toEqual(Object.keys(said).map(() => 'refused'))
  expect(run.report?.targets[0]?.reason).toContain('you sent ***, ***')
  const shown = [run.log.replace(/^::add-mask::.*/gm, ''), run.summary, JSON.stringify(run.outputs)].join(
    '\n'
  )
  const forms = [
    password,
    pair,
    encodeURIComponent(password),
    'dckr',
    pair.slice(0, 20),
    'pat_',
    'pat\\_',
    '1&2',
    '1&amp;2',
    'YW5uY'
  ]
  for (const form of forms) expect(shown).not.toContain(form)
})

/** Expects of a run that nothing of what a registry said is a command, a link or markup. */
function expectHarmless({ log, outputs, summary, annotations }: ActionRun): void {
  expect(Object.keys(outputs)).toEqual([...outputNames])
  for (const value of Object.values(outputs)) expect(value.split('\n')).not.toContain('mine')
  expect(annotations.map(({ level, title }) => `${level} ${title}`)).toEqual([
    expect.stringMatching(/^error Retag: \w+$/)
  ])
  for (const [command] of log.matchAll(/^\s*::.*/gm))
    expect(command).toMatch(/^::(?:error title=Retag%3A \w+|debug)::/)
  for (const text of [log, summary, JSON.stringify(outputs), ...annotations.map(({ message }) => message)]) {
    expect(text).not.toContain('##[')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
  }
  const rendered = summary.replace(/`[^`\n]*`/g, '').replace(/^> \[!(?:CAUTION|WARNING)\]$/gm, '')
  expect(rendered).not.toMatch(/<(?!!-- -->|br>|\/?details>|\/?summary>)/)
  expect(rendered).not.toMatch(/@\w|(?<!&)#\d|\bGH\\?-\d|:\w+:|:\/\/|\bwww\.|(?<!\\)[[\]]/)
  for (const row of summary.match(/^\|.*/gm) ?? [])
    expect([4, 5]).toContain(row.replaceAll('\\|', '').split('|').length - 2)
}
