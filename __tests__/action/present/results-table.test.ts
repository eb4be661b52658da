/** Tests of the table of a job summary: sets of images, long tables, and what fits into a cell. */
import { describe, expect, test } from '@jest/globals'
import { summaryOf as summaryOfReport } from '../../../src/action/present/summary.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { type Digest, shortDigest } from '../../../src/oci/digest.ts'
import { asTarget, parseReference } from '../../../src/oci/reference.ts'
import type { SourceReport } from '../../../src/promotion/report.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'
import { indexSourceOf, manifestOf, otherDigest, sourceOf } from '../../../testing/samples.ts'

const manifest = manifestOf()
const { digest } = manifest
const short = (full: Digest): string => `\`${shortDigest(full).slice('sha256:'.length)}\``
const [before, after] = [short(otherDigest), short(digest)]

const summaryOf = (report: LooseReport): string => summaryOfReport(reportOf(report))
const headingOf = (report: LooseReport): string => summaryOf(report).split('\n', 1)[0] ?? ''
const rowsOf = (report: LooseReport): string[] =>
  summaryOf(report)
    .split('\n')
    .filter(line => line.startsWith('|'))
const foldedIn = (report: LooseReport, title: string): string =>
  new RegExp(`<summary>${title}</summary>\n\n([^]*?)\n\n</details>`).exec(summaryOf(report))?.[1] ?? ''
const moved = (name: string, from?: SourceReport): LooseTarget => ({
  target: asTarget(parseReference(name)),
  outcome: 'moved',
  digest,
  previousDigest: otherDigest,
  ...(from && { source: from.source })
})

describe('summaryOf a set of images', () => {
  const names = ['api', 'web', 'db', 'job']
  const sources = names.map((name): SourceReport => ({
    source: sourceOf(`ghcr.io/acme/${name}:sha-1`),
    image: { manifest, platforms: [] }
  }))
  const targets = sources.map(({ source }, number): LooseTarget => ({
    ...moved(number === 0 ? 'docker.io/acme/api:1' : `ghcr.io/acme/${names[number] ?? ''}:1`),
    source
  }))

  test('says what happened first, and names the images', () => {
    expect(headingOf({ sources, targets })).toBe(
      '## Retag 4 images: 4 moved – `acme/api`, `acme/web`, `acme/db` and 1 more'
    )
    expect(headingOf({ sources: sources.slice(0, 2), targets })).toMatch(/ – `acme\/api`, `acme\/web`$/)
  })

  test('names each repository and image in a row of its own', () => {
    expect(rowsOf({ sources, targets }).slice(2, 6)).toStrictEqual([
      '|  | **`docker.io/acme/api`**<br>from `ghcr.io/acme/api:sha-1` |  |  |',
      `| ✅&nbsp;moved | \`1\` | ${before} | ${after} |`,
      '|  | **`ghcr.io/acme/web`**<br>from `sha-1` |  |  |',
      `| ✅&nbsp;moved | \`1\` | ${before} | ${after} |`
    ])
    const digests = foldedIn({ sources, targets }, 'Digests in full')
    expect(digests).toContain(`ghcr.io/acme/job:sha-1\n  is      ${digest}`)
  })

  test('names the repositories of one image without the image', () => {
    const both = [moved('ghcr.io/acme/app:1'), moved('docker.io/acme/app:1')]
    const [, , first] = rowsOf({ source: sourceOf('ghcr.io/acme/app:sha-1'), manifest, targets: both })
    expect(first).toBe('|  | **`ghcr.io/acme/app`** |  |  |')
  })

  test('has on top what is worst: a source that cannot be promoted, then a tag', () => {
    const error = new PromotionError('PLATFORM_MISSING', 'it lacks linux/arm64')
    const states = sources.map((state, number): SourceReport => {
      if (number === 1) return { ...state, error }
      return number === 2 ? { source: state.source, isMissing: true } : state
    })
    const failing = targets.map((report, number): LooseTarget =>
      number === 3 ? { ...report, outcome: 'superseded', reason: 'why' } : report
    )
    const rows = rowsOf({ sources: states, targets: failing }).filter(row => row.includes('**'))
    expect(rows.map(row => row.split('|')[1]?.trim())).toStrictEqual([
      '`PLATFORM_MISSING`',
      '',
      '',
      'source not found'
    ])
    expect(rows.map(row => /acme\/\w+/.exec(row)?.[0])).toStrictEqual([
      'acme/web',
      'acme/job',
      'acme/api',
      'acme/db'
    ])
  })

  test('names the source once where it has the same name in all repositories', () => {
    const own = sources.map((state, number) => moved(`ghcr.io/acme/${names[number] ?? ''}:1`, state))
    expect(rowsOf({ sources, targets: own }).slice(0, 3)).toStrictEqual([
      '| outcome | tag, from `sha-1` | before | after |',
      '|---|---|---|---|',
      '|  | **`ghcr.io/acme/api`** |  |  |'
    ])
  })

  test('names in its heading each repository once', () => {
    const [first] = sources
    const twice = { sources: [first, first].flatMap(state => state ?? []), targets: [] }
    expect(headingOf(twice)).toBe('## Retag 2 images – `acme/api`')
  })

  describe('that is large', () => {
    const many = [...Array(30).keys()].map((number): SourceReport => ({
      source: sourceOf(`ghcr.io/acme/service-${number.toString()}:sha-1`),
      image: { manifest, platforms: [] }
    }))
    const tags = many.map((state, number) => moved(`ghcr.io/acme/service-${number.toString()}:1`, state))
    const titles = (report: LooseReport): string[] =>
      [...summaryOf(report).matchAll(/<summary>(.*)<\/summary>/g)].map(([, title = '']) => title)

    test('folds its tags, so that the step that rolls back is in sight', () => {
      const report = { sources: many, targets: tags }
      expect(titles(report)).toStrictEqual([
        'All tags: 30 moved',
        'To put the moved tags back, run this step',
        'Digests in full'
      ])
      expect(rowsOf(report)).toHaveLength(2 + 60)
    })

    test('folds none of up to forty rows', () => {
      expect(titles({ sources: many.slice(0, 20), targets: tags.slice(0, 20) })[0]).toMatch(/^To put/)
    })

    test('leaves open what needs attention, and each row is there once', () => {
      const [worst, missing] = [tags[7], tags[9]].flatMap(tag => tag ?? [])
      const targets = tags.map((tag): LooseTarget => {
        if (tag === worst) return { ...tag, outcome: 'failed', reason: 'why' }
        return tag === missing ? { ...tag, outcome: 'skipped', reason: 'gone' } : tag
      })
      const states = many.map((state, number): SourceReport =>
        number === 9 ? { source: state.source, isMissing: true } : state
      )
      const report = { sources: states, targets }
      expect(titles(report)[0]).toBe('The other tags: 28 moved')
      const [open = '', rest = ''] = summaryOf(report).split('<details><summary>The other tags')
      expect(open.match(/service-\d+`\*\*/g)).toStrictEqual(['service-7`**', 'service-9`**'])
      expect(rest.match(/service-\d+`\*\*/g)).toHaveLength(28)
    })
  })

  test('names few of the parts of an index', () => {
    const [first = '', ...others] = [...Array(12).keys()].map(
      number => `ghcr.io/acme/app:part-${number.toString()}`
    )
    const index = indexSourceOf([first, ...others])
    const own = [{ ...moved('ghcr.io/acme/app:1'), source: index }]
    const image = { manifest, platforms: [] }
    expect(rowsOf({ sources: [{ source: index, image }, ...sources], targets: own })[0]).toBe(
      '| outcome | tag of `ghcr.io/acme/app`, from `part-0 + part-1 + part-2 and 9 more` | before | after |'
    )
    expect(summaryOf({ source: index, manifest, targets: [] })).toContain(
      '`ghcr.io/acme/app:part-9` and 2 more is'
    )
  })

  test('gives a failed write its reason without the request, which the alert has', () => {
    const error = new PromotionError(
      'DENIED',
      'no (PUT https://ghcr.io/v2/acme/app/manifests/1 → status 403)'
    )
    const name = 'ghcr.io/acme/app:1'
    const reason = `tagging ${name}: ${error.message}; the tag is as it was`
    const failed: LooseTarget = { ...moved(name), outcome: 'failed', reason, error }
    const row = rowsOf({ source: sourceOf('ghcr.io/acme/app:sha-1'), manifest, targets: [failed] })[2]
    expect(row).toMatch(/\| no; the tag is as it was \|$/)
    expect(summaryOf({ targets: [failed] })).toContain('status 403')
  })
})
