/** Tests of the job summary: a report as Markdown. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { type StepSettings, actionName } from '../../../src/action/present/rollback.ts'
import { summaryOf as summaryOfReport } from '../../../src/action/present/summary.ts'
import { type Digest, shortDigest } from '../../../src/oci/digest.ts'
import { digestOf } from '../../../src/oci/digester.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { asTarget, parseReference } from '../../../src/oci/reference.ts'
import { parseRegistry } from '../../../src/oci/registry-host.ts'
import { nothingCopied } from '../../../src/promotion/copy.ts'
import { image, indexOf } from '../../../testing/images.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'
import { indexSourceOf, manifestOf, otherDigest, sourceOf, targetOf } from '../../../testing/samples.ts'
import { wildText } from '../../../testing/wild-text.ts'

const summaryOf = (report: LooseReport, settings?: StepSettings): string =>
  summaryOfReport(reportOf(report), settings)

const manifest = manifestOf()
const { digest } = manifest
const source = sourceOf('ghcr.io/acme/app:sha-1')
const target = targetOf('1')
const at = (name: string): LooseTarget['target'] => asTarget(parseReference(name))
const hex = (full: Digest): string => `\`${full.slice('sha256:'.length, 'sha256:'.length + 12)}\``
const [before, after] = [hex(otherDigest), hex(digest)]

const moved = (tag: string, previousDigest = otherDigest): LooseTarget => ({
  target: tag.includes('/') ? at(tag) : targetOf(tag),
  outcome: 'moved',
  digest,
  previousDigest
})
const rowsOf = (report: LooseReport): string[] =>
  summaryOf(report)
    .split('\n')
    .filter(line => line.startsWith('|'))
const foldedIn = (report: LooseReport, title: string): string =>
  new RegExp(`<summary>${title}</summary>\n\n([^]*?)\n\n</details>`).exec(summaryOf(report))?.[1] ?? ''
const headingOf = (report: LooseReport): string => summaryOf(report).split('\n', 1)[0] ?? ''

describe('summaryOf a run that succeeded', () => {
  const report: LooseReport = {
    source,
    manifest,
    targets: [
      { target: targetOf('new'), outcome: 'created', digest },
      moved('old'),
      { target: targetOf('same'), outcome: 'unchanged', digest, previousDigest: digest }
    ]
  }

  test('has image and counts in its heading, then what the image is, then a table that names the repository once', () => {
    expect(summaryOf(report).split('\n').slice(0, 9)).toStrictEqual([
      '## Retag `ghcr.io/acme/app:sha-1`: 1 created, 1 moved, 1 unchanged',
      '',
      expect.stringMatching(`^\`ghcr.io/acme/app:sha-1\` is \`${digest}\`: OCI image manifest`),
      '',
      '| outcome | tag of `ghcr.io/acme/app` | before | after |',
      '|---|---|---|---|',
      `| 🆕&nbsp;created | \`new\` | – | ${after} |`,
      `| ✅&nbsp;moved | \`old\` | ${before} | ${after} |`,
      `| 🟰&nbsp;unchanged | \`same\` | ${after} | ${after} |`
    ])
  })

  test('names an image by a short digest in its heading', () => {
    const byDigest = sourceOf(`ghcr.io/acme/app@${digest}`)
    expect(headingOf({ ...report, source: byDigest })).toContain(
      `\`ghcr.io/acme/app@${shortDigest(digest)}\`:`
    )
    const both = sourceOf(`ghcr.io/acme/app:main@${digest}`)
    expect(headingOf({ ...report, source: both })).toContain('`ghcr.io/acme/app:main`:')
  })

  test('names an index by the number of its parts, and the parts below', () => {
    const within = indexSourceOf(['ghcr.io/acme/app:amd64', 'ghcr.io/acme/app:arm64'])
    expect(headingOf({ ...report, source: within })).toContain(
      '## Retag an index of 2 images in `ghcr.io/acme/app`: 1 created'
    )
    const apart = indexSourceOf(['ghcr.io/acme/app:amd64', 'docker.io/acme/app:arm64'])
    expect(headingOf({ ...report, source: apart })).toContain('## Retag an index of 2 images: 1 created')
    expect(summaryOf(reportOf({ ...report, source: apart }))).toContain(
      `\n\n\`ghcr.io/acme/app:amd64\` + \`docker.io/acme/app:arm64\` is \`${digest}\``
    )
  })

  test('has all digests in full, folded away', () => {
    expect(foldedIn(report, 'Digests in full').split('\n')).toStrictEqual([
      '```text',
      ...['ghcr.io/acme/app:new', '  before  –', `  after   ${digest}`],
      ...['ghcr.io/acme/app:old', `  before  ${otherDigest}`, `  after   ${digest}`],
      ...['ghcr.io/acme/app:same', `  before  ${digest}`, `  after   ${digest}`],
      '```'
    ])
  })

  test('says of a dry run that nothing was written, and what would be', () => {
    const dry = { ...report, dryRun: true, copied: { ...nothingCopied, blobs: 1, bytes: 2 } }
    expect(headingOf(dry)).toBe(
      '## Retag `ghcr.io/acme/app:sha-1`: 1 would be created, 1 would be moved, 1 unchanged (dry run, nothing was written)'
    )
    expect(summaryOf(dry)).toContain('| 🆕&nbsp;would&nbsp;be&nbsp;created |')
    expect(summaryOf(dry)).toContain('Would copy 1 blob')
    expect(summaryOf(dry)).not.toContain('uses:')
  })

  test('says what was copied and what was left behind, and lets nothing pass for markup', () => {
    const copied = { ...nothingCopied, blobs: 9, bytes: 1_073_906_449, manifests: 1 }
    const summary = summaryOf({ ...report, copied, warnings: ['a.sig: <b>no</b>'] })
    expect(summary).toContain(
      '\n\nCopied 9 blobs \\(1.1 GB\\), 1 manifest\n\n> [!WARNING]\n> - a.sig: &lt;b&gt;'
    )
  })
})

describe('summaryOf a run that failed', () => {
  const error = new PromotionError('SOURCE_NOT_FOUND', 'no *such* image', { advice: 'Check the <tag>.' })
  const failing = (tag: string, reason = `reason of ${tag}`): LooseTarget => ({
    ...moved(tag),
    outcome: 'failed',
    reason,
    error: new PromotionError('DENIED', `message of ${tag}`)
  })

  test('says so in its heading, and explains in a red alert above all else', () => {
    const targets: LooseTarget[] = [{ target, outcome: 'not-attempted', reason: 'why' }]
    expect(summaryOf({ source, targets, error }).split('\n').slice(0, 8)).toStrictEqual([
      '## Retag `ghcr.io/acme/app:sha-1` failed: 1 not attempted',
      '',
      '> [!CAUTION]',
      '> **`SOURCE_NOT_FOUND`** no \\*such\\* image',
      '>',
      '> Check the &lt;tag&gt;.',
      '',
      '| outcome | tag of `ghcr.io/acme/app` | before | after | why |'
    ])
  })

  test('does without image and table when the inputs could not be read', () => {
    const mistakes = new PromotionError('INPUT_INVALID', '2 mistakes:\nfirst\nsecond')
    expect(summaryOf({ targets: [], error: mistakes })).toBe(
      '## Retag failed\n\n> [!CAUTION]\n> **`INPUT_INVALID`** 2 mistakes:<br>first<br>second\n'
    )
  })

  test('explains ten errors, each once, and says how many more there are', () => {
    const tags = [...Array(15).keys()].map(number => `t${number.toString()}`)
    const summary = summaryOf({ source, manifest, targets: [...tags, ...tags].map(tag => failing(tag)) })
    expect(summary.match(/^> .*message of/gm)).toHaveLength(10)
    expect(summary).toContain('> … and 5 more errors')
    expect(
      summaryOf({ source, manifest, targets: tags.slice(0, 10).map(tag => failing(tag)) })
    ).not.toContain('more')
  })

  test('gives each tag its reason, in short: without its name, with short digests', () => {
    const targets = [
      failing('a', `ghcr.io/acme/app:a already points to ${digest}`),
      failing('b', '🐢'.repeat(500)),
      { ...failing('c'), outcome: 'refused' as const },
      { ...moved('d'), comparison: { kind: 'newer' as const, by: 'version' as const, reason: '2 > 1' } },
      moved('e')
    ]
    const [, , a, b, c, d, e] = rowsOf({ source, manifest, targets })
    expect(a).toBe(
      `| ❌&nbsp;failed | \`a\` | ${before} | ${after} | already points to ${shortDigest(digest)} |`
    )
    expect(b).toMatch(/\| (?:🐢){150}… \|$/u)
    expect(c).toContain('⛔&nbsp;refused')
    expect(d).toContain('newer, because 2 &gt; 1 \\(decided by the versions that the images state\\)')
    expect(e).toMatch(/\| {2}\|$/)
  })

  test('says before all else what could not be put back', () => {
    const unrestored: LooseTarget = { ...failing('latest'), rollbackError: error }
    const unknown: LooseTarget = {
      target,
      outcome: 'failed',
      previousDigest: otherDigest,
      reason: 'why',
      rollbackError: error
    }
    const lines = summaryOf({ source, manifest, targets: [unrestored, unknown] }).split('\n')
    expect(lines.slice(2, 8)).toStrictEqual([
      '> [!CAUTION]',
      expect.stringContaining('could not be put back'),
      '>',
      `> - \`ghcr.io/acme/app:latest\` was \`${shortDigest(otherDigest)}\` and is now \`${shortDigest(digest)}\``,
      `> - \`ghcr.io/acme/app:1\` was \`${shortDigest(otherDigest)}\` and is now not known`,
      '>'
    ])
  })
})

describe('the way back', () => {
  const settings: StepSettings = { action: 'acme/retag@v2' }
  const stepOf = (targets: LooseTarget[], rest = settings): unknown => {
    const [, yaml = ''] = /```yaml\n([^]*?)\n```/.exec(summaryOf({ source, manifest, targets }, rest)) ?? []
    return parse(yaml)
  }

  test('is one step, with a line for each image', () => {
    const targets = [
      moved('latest'),
      moved('1'),
      moved('docker.io/acme/app:edge', digest),
      { ...moved('nightly-1'), keeps: targetOf('nightly') },
      { target, outcome: 'created' as const, digest }
    ]
    const promotions = `ghcr.io/acme/app@${otherDigest} -> latest 1\ndocker.io/acme/app@${digest} -> edge\n`
    expect(stepOf(targets)).toStrictEqual([{ uses: 'acme/retag@v2', with: { promotions } }])
  })

  test('names the registry that the login is for, and those without TLS', () => {
    const hosts = ['a.example:80', 'b.example'].map(host => parseRegistry(host))
    const registry = parseRegistry('ghcr.io')
    const login = { ...settings, loginFor: registry, insecure: hosts }
    expect(stepOf([moved('1')], login)).toMatchObject([
      { with: { registry: 'ghcr.io', 'insecure-registries': 'a.example:80,b.example' } }
    ])
    const advice = (rest: StepSettings): string => summaryOf({ targets: [moved('1')] }, rest)
    expect(advice(login)).toContain('Add `username` and `password`')
    expect(advice(login)).toContain('if the registry keeps images without a tag')
    expect(advice(settings)).not.toContain('username')
  })

  test('counts a tag that could not be put back, and says nothing where none was moved', () => {
    const rollbackError = new PromotionError('TIMED_OUT', 'slow')
    const unrestored: LooseTarget = { ...moved('1'), outcome: 'failed', rollbackError }
    expect(stepOf([unrestored])).toHaveLength(1)
    expect(stepOf([{ ...unrestored, isPreviousGone: true }])).toBeNull()
    expect(stepOf([{ target, outcome: 'created', digest }])).toBeNull()
  })

  test.each([
    {},
    { GITHUB_ACTION_REPOSITORY: 'acme/retag' },
    { GITHUB_ACTION_REPOSITORY: 'acme/retag', GITHUB_ACTION_REF: 'v1\n- run: x' },
    { GITHUB_ACTION_REPOSITORY: '../retag```', GITHUB_ACTION_REF: 'v1' }
  ])('calls it by its public name where the runner says %j', env => {
    expect(actionName(env)).toBe('retag/retag@v1')
    const own = { GITHUB_ACTION_REPOSITORY: 'acme/retag', GITHUB_ACTION_REF: 'releases/v1' }
    expect(actionName(own)).toBe('acme/retag@releases/v1')
  })
})

describe('a rotation', () => {
  const [today, first, second] = ['today', 'first', 'second'].map(text =>
    digestOf(new TextEncoder().encode(text))
  ) as [Digest, Digest, Digest]
  const rotation = (name: string): LooseTarget[] => {
    const keeps = targetOf(name)
    return [
      { target: keeps, outcome: 'moved', digest: today, previousDigest: first },
      { target: targetOf(`${name}-1`), outcome: 'moved', digest: first, previousDigest: second, keeps },
      { target: targetOf(`${name}-2`), outcome: 'created', digest: second, keeps }
    ]
  }
  const drawn = (targets: LooseTarget[], dryRun = false): string =>
    foldedIn({ source, manifest, targets, dryRun }, `How earlier images ${dryRun ? 'would be' : 'were'} kept`)

  test('is drawn, told in words, and named in the table', () => {
    const targets = [...rotation('nightly'), { target, outcome: 'created' as const, digest: today }]
    expect(drawn(targets).split('\n')).toStrictEqual([
      '`ghcr.io/acme/app:nightly`',
      '',
      '```mermaid',
      'flowchart LR',
      '  tag0["nightly"]',
      '  tag1["nightly-1"]',
      '  tag2["nightly-2"]',
      `  image0(["${shortDigest(today)}"]) --> tag0`,
      `  tag0 -- "${shortDigest(first)}" --> tag1`,
      `  tag1 -- "${shortDigest(second)}" --> tag2`,
      '```',
      '',
      `- \`nightly\` is \`${shortDigest(today)}\``,
      `- \`nightly-1\` is \`${shortDigest(first)}\`, which was \`nightly\``,
      `- \`nightly-2\` is \`${shortDigest(second)}\`, which was \`nightly-1\``
    ])
    expect(rowsOf({ source, manifest, targets })[3]).toContain('| `nightly-1`<br>an earlier `nightly` |')
  })

  test('is drawn for each tag, in a dry run as what would be', () => {
    expect(drawn([...rotation('nightly'), ...rotation('edge')]).match(/mermaid/g)).toHaveLength(2)
    expect(drawn(rotation('edge'), true)).toContain('`edge-1` would be')
  })

  test('is not drawn where it was not written', () => {
    expect(drawn(rotation('edge').slice(1))).toBe('')
    expect(drawn(rotation('edge').slice(0, 1))).toBe('')
    expect(drawn(rotation('edge').map(report => ({ ...report, outcome: 'restored' })))).toBe('')
  })
})

describe('summaryOf, whatever a registry says,', () => {
  const special = fc.oneof(
    fc.stringMatching(/^[|`<>@*_[\]()#\\&\n\r ]$/),
    fc.constantFrom('<br>', '@octocat', '|\n|', '://', 'a')
  )
  const texts = fc.oneof(fc.string({ unit: special }), wildText)

  test('has one row for each target, of five cells', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 5 }), reasons => {
        const targets = reasons.map((reason): LooseTarget => ({ target, outcome: 'refused', reason }))
        const rows = rowsOf({ source, targets })
        expect(rows).toHaveLength(2 + targets.length)
        for (const row of rows) expect(row.replace(/\\\|/g, '').split('|')).toHaveLength(7)
      })
    )
  })

  test('has no HTML but its own, and leaves the alert of an error to the error', () => {
    fc.assert(
      fc.property(texts, texts, (message, advice) => {
        const error = new PromotionError('DENIED', message, { advice })
        const lines = summaryOf({ targets: [], error }).trimEnd().split('\n')
        expect(lines.slice(2).filter(line => !line.startsWith('>'))).toStrictEqual([])
        expect(lines.join('').replace(/<br>|<!-- -->/g, '')).not.toContain('<')
      })
    )
  })
})

test('is cut where the runner would drop it: it keeps the error and how tags are put back', () => {
  const error = new PromotionError('DENIED', 'no')
  const parts = Array.from({ length: 5000 }, (_, number) =>
    image({ platform: `linux/p${number.toString()}` })
  )
  const targets = [...Array(1000).keys()].map((index): LooseTarget => {
    const name = `t${index.toString()}-${'x'.repeat(100)}`
    return { ...moved(name), reason: '@'.repeat(290) }
  })
  const summary = summaryOf({ source, manifest: manifestOf(indexOf(parts)), targets, error })
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024)
  expect(summary).toMatch(
    /^## [^]*> \*\*`DENIED`\*\* no\n[^]{0,1000}\| outcome \|[^]*<summary>To put the moved tags back[^]*> Not all of this summary/
  )
})
