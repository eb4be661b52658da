/** Tests of the job summary: a report as Markdown. */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { summaryOf as summaryOfReport } from '../../../src/action/present/summary.ts'
import { shortDigest } from '../../../src/oci/digest.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import { manifestOf, otherDigest, targetOf } from '../../../testing/samples.ts'
import { wildText } from '../../../testing/wild-text.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const summaryOf = (report: LooseReport, action?: string): ReturnType<typeof summaryOfReport> =>
  summaryOfReport(reportOf(report), action)

const manifest = manifestOf()
const { digest } = manifest
const source = parseReference('ghcr.io/acme/app:sha-1')
const target = targetOf('1')

const rowsOf = (report: LooseReport): string[] =>
  summaryOf(report)
    .split('\n')
    .filter(line => line.startsWith('|'))
const foldedIn = (report: LooseReport, title: string): string[] => {
  const [, part = ''] =
    new RegExp(`<summary>${title}</summary>\n\n([^]*?)\n\n</details>`).exec(summaryOf(report)) ?? []
  return part.split('\n')
}
const headingOf = (report: LooseReport): string => summaryOf(report).split('\n', 1)[0] ?? ''

describe('summaryOf a run that succeeded', () => {
  const report: LooseReport = {
    source,
    manifest,
    targets: [
      { target: targetOf('new'), outcome: 'created', digest },
      { target: targetOf('old'), outcome: 'moved', digest, previousDigest: otherDigest },
      { target: targetOf('same'), outcome: 'unchanged', digest, previousDigest: digest }
    ]
  }

  test('has the counts in its heading, then the source, then a table', () => {
    const [before, after] = [shortDigest(otherDigest), shortDigest(digest)]
    expect(summaryOf(report).split('\n').slice(0, 9)).toStrictEqual([
      '## Retag: 1 created, 1 moved, 1 unchanged',
      '',
      expect.stringMatching(`^Source \`ghcr.io/acme/app:sha-1\`: \`${digest}\` .*OCI image manifest`),
      '',
      '| tag | before | after | outcome |',
      '|---|---|---|---|',
      expect.stringMatching(`^\\| \`ghcr.io/acme/app:new\` \\| – \\| \`${after}\` \\| [^|]*created \\|$`),
      expect.stringMatching(
        `^\\| \`ghcr.io/acme/app:old\` \\| \`${before}\` \\| \`${after}\` \\| [^|]*moved \\|$`
      ),
      expect.stringMatching(
        `^\\| \`ghcr.io/acme/app:same\` \\| \`${after}\` \\| \`${after}\` \\| [^|]*unchanged \\|$`
      )
    ])
  })

  test('has all digests in full, folded away', () => {
    expect(foldedIn(report, 'Digests in full')).toStrictEqual([
      '| tag | before | after |',
      '|---|---|---|',
      `| \`ghcr.io/acme/app:new\` | – | \`${digest}\` |`,
      `| \`ghcr.io/acme/app:old\` | \`${otherDigest}\` | \`${digest}\` |`,
      `| \`ghcr.io/acme/app:same\` | \`${digest}\` | \`${digest}\` |`
    ])
  })

  test('has the step that puts the moved tags back, by the name that the workflow calls Retag by', () => {
    expect(summaryOf(report)).toContain('- uses: retag/retag@v1\n')
    expect(summaryOf(report, 'acme/retag@v2')).toContain('- uses: acme/retag@v2\n')
  })

  test('draws a rotation, and says whose image a tag keeps', () => {
    const kept: LooseTarget = {
      target: targetOf('old-1'),
      outcome: 'created',
      digest: otherDigest,
      keeps: targetOf('old')
    }
    const summary = summaryOf({ ...report, targets: [...report.targets, kept] })
    expect(summary).toContain('```mermaid')
    expect(summary).toContain('| `ghcr.io/acme/app:old-1`<br>an earlier `old` |')
  })

  test('says of a dry run that nothing was written', () => {
    const dry = { ...report, dryRun: true }
    expect(headingOf(dry)).toBe('## Retag: 1 created, 1 moved, 1 unchanged (dry run, nothing was written)')
    expect(summaryOf(dry)).not.toContain('uses:')
  })
})

describe('summaryOf a run that failed', () => {
  const error = new PromotionError('SOURCE_NOT_FOUND', 'no *such* image', { advice: 'Check the <tag>.' })

  test('says so in its heading, and explains', () => {
    const targets: LooseTarget[] = [{ target, outcome: 'not-attempted', reason: 'why' }]
    const summary = summaryOf({ source, targets, error })
    expect(headingOf({ source, targets, error })).toMatch(/^## Retag failed: 1 not.attempted$/)
    expect(summary).toContain('\n> **`SOURCE_NOT_FOUND`** no \\*such\\* image\n>\n> Check the &lt;tag&gt;.\n')
    expect(summary).toContain('Source `ghcr.io/acme/app:sha-1`')
  })

  test('does without source and table when the inputs could not be read', () => {
    const summary = summaryOf({ targets: [], error: new PromotionError('INPUT_INVALID', 'wrong') })
    expect(summary).toBe('## Retag failed\n\n> **`INPUT_INVALID`** wrong\n')
  })

  test('explains the first error, and gives each target its reason', () => {
    const failing = (tag: string, code: 'DENIED' | 'TIMED_OUT'): LooseTarget => ({
      target: targetOf(tag),
      outcome: 'failed',
      previousDigest: otherDigest,
      reason: `reason of ${tag}`,
      error: new PromotionError(code, 'x')
    })
    const report: LooseReport = {
      source,
      manifest,
      targets: [failing('a', 'DENIED'), failing('b', 'TIMED_OUT')]
    }
    expect(summaryOf(report)).toContain('`DENIED`')
    expect(summaryOf(report)).not.toContain('`TIMED_OUT`')
    const [, , a, b] = rowsOf(report)
    expect(a).toMatch(/`sha256:[0-9a-f]{12}` \| – \| .*failed.*reason of a \|$/)
    expect(b).toContain('reason of b')
  })

  test('says before all else what could not be put back', () => {
    const unknown: LooseTarget = {
      target: targetOf('2'),
      outcome: 'failed',
      previousDigest: otherDigest,
      reason: 'why',
      rollbackError: error
    }
    const stuck = { ...unknown, target, digest }
    const [, , alarm, sentence, , first, second] = summaryOf({
      source,
      manifest,
      targets: [stuck, unknown]
    }).split('\n')
    expect(alarm).toBe('> [!CAUTION]')
    expect(sentence).toContain('could not be put back')
    expect(first).toBe(
      `> - \`ghcr.io/acme/app:1\` was \`${shortDigest(otherDigest)}\` and is now \`${shortDigest(digest)}\``
    )
    expect(second).toMatch(/app:2.*is now not known$/)
  })

  test('keeps every mistake of a list on a line of its own, within the quotation', () => {
    const [, , quotation] = summaryOf({
      targets: [],
      error: new PromotionError('INPUT_INVALID', '2 mistakes:\nfirst\nsecond')
    }).split('\n')
    expect(quotation).toMatch(/^> .*2 mistakes:<br>first<br>second$/)
  })
})

describe('summaryOf, whatever a registry says,', () => {
  const special = fc.oneof(
    fc.stringMatching(/^[|`<>@*_[\]()#\\&\n\r ]$/),
    fc.constantFrom('<br>', '@octocat', '|\n|', '://', 'a')
  )
  const texts = fc.oneof(fc.string({ unit: special }), wildText)

  test('has one row for each target, of four cells', () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 5 }), reasons => {
        const targets = reasons.map((reason): LooseTarget => ({ target, outcome: 'refused', reason }))
        const rows = rowsOf({ source, targets })
        expect(rows).toHaveLength(2 + targets.length)
        for (const row of rows) expect(row.replace(/\\\|/g, '').split('|')).toHaveLength(6)
      })
    )
  })

  test('has no HTML but its own, and leaves the quotation of an error to the error', () => {
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

test('is cut where the runner would drop it: it keeps how tags are put back', () => {
  const targets = [...Array(1000).keys()].map((index): LooseTarget => {
    const name = targetOf(`t${index.toString()}-${'x'.repeat(100)}`)
    return { target: name, outcome: 'moved', digest, previousDigest: otherDigest, reason: '@'.repeat(290) }
  })
  const summary = summaryOf({ source, manifest, targets })
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024)
  expect(summary).toMatch(
    /^## [^]*\| tag \|[^]*<summary>To put the moved tags back[^]*> Not all of this summary/
  )
})
