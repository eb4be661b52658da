/** Tests of what copies move, in words. */
import { describe, expect, test } from '@jest/globals'
import { leftBehindOf } from '../../../src/action/present/annotations.ts'
import { copiedLines, copiedOf, copyLine, countCopied } from '../../../src/action/present/copied.ts'
import { endLine } from '../../../src/action/present/log.ts'
import { outputsOf } from '../../../src/action/present/outputs.ts'
import { summaryOf } from '../../../src/action/present/summary.ts'
import { type Copied, type Copy, type LocatedBlob, nothingCopied } from '../../../src/promotion/copy.ts'
import { parseReference } from '../../../src/oci/reference.ts'
import type { Report } from '../../../src/promotion/report.ts'
import { reportOf as anyReport } from '../../../testing/reports.ts'
import { manifestOf } from '../../../testing/samples.ts'
import { descriptorOf, image } from '../../../testing/images.ts'

const moved: Copied = { ...nothingCopied, blobs: 9, bytes: 1_073_906_449, manifests: 1 }
const warnings = ['sha256-1.sig was left behind: DENIED: <b>no</b>']

const nothing = anyReport({ targets: [] })

function reportOf(copied: Partial<Copied>, rest: Partial<Report> = {}): Report {
  return { ...nothing, copied: { ...nothingCopied, ...copied }, ...rest }
}

test.each([
  [{}, ''],
  [{ blobs: 9, bytes: 1_073_906_449, manifests: 1 }, '9 blobs (1.1 GB), 1 manifest'],
  [
    { mounted: 1, present: 3, manifests: 2, referrers: 1 },
    '1 blob mounted, 2 manifests, 1 referrer, 3 blobs there already'
  ],
  [{ blobs: 1, bytes: 2, referrers: 2 }, '1 blob (2 bytes), 2 referrers']
])('countCopied puts %p in words', (copied, words) => {
  expect(countCopied({ ...nothingCopied, ...copied })).toBe(words)
})

test('copyLine says what is to be copied where', () => {
  const root = image()
  const from = parseReference('one.example/app:1').repository
  const blobs = root.blobs.map(blob => ({ ...descriptorOf(blob), from })) as LocatedBlob[]
  const graph = { root: manifestOf(root), manifests: [manifestOf(root)], blobs }
  const copy: Copy = {
    to: parseReference('one.example/other:1').repository,
    image: { graph, manifests: graph.manifests, blobs },
    attachments: [],
    present: 0,
    warnings: []
  }
  expect(copyLine(copy)).toBe('  to one.example/other: 2 blobs mounted, 1 manifest')
})

describe('copiedLines', () => {
  test.each([
    ['what was copied', reportOf(moved), ['Copied 9 blobs (1.1 GB), 1 manifest']],
    ['that nothing had to be', reportOf({ present: 3 }), ['Nothing to copy: 3 blobs there already']],
    ['what was left behind', reportOf({}, { warnings }), warnings],
    ['nothing where nothing belongs to it', reportOf({}), []],
    ['nothing of what a dry run did not copy', reportOf(moved, { dryRun: true }), []],
    ['nothing where the run came to nothing', nothing, []]
  ])('say %s', (_what, report, lines) => {
    expect(copiedLines(report)).toStrictEqual(lines)
  })
})

describe('copiedOf', () => {
  test('says what was copied and what was left behind, and lets nothing pass for markup', () => {
    const markdown = copiedOf(reportOf(moved, { warnings }))
    expect(markdown).toContain('Copied 9 blobs')
    expect(markdown).toContain('> [!WARNING]\n> - ')
    expect(markdown).not.toContain('<b>')
  })

  test('says of a dry run what would be copied', () => {
    expect(copiedOf(reportOf(moved, { dryRun: true }))).toContain('To copy: 9 blobs')
  })

  test('is a part of the summary, and empty where nothing belongs to it', () => {
    expect(summaryOf(reportOf(moved))).toContain(copiedOf(reportOf(moved)))
    expect(copiedOf(nothing)).toBe('')
  })
})

test('leftBehindOf makes one warning of all that was left behind', () => {
  expect(leftBehindOf(reportOf({}, { warnings }))).toStrictEqual({
    title: 'Retag: left behind',
    message: warnings[0]
  })
  expect(leftBehindOf(reportOf(moved))).toBeUndefined()
  expect(leftBehindOf(nothing)).toBeUndefined()
})

test('outputsOf tells what was copied, and that something changed', () => {
  const { report, changed } = outputsOf(reportOf(moved))
  expect(JSON.parse(report)).toMatchObject({ copied: moved })
  expect(changed).toBe('true')
  expect(JSON.parse(outputsOf(nothing).report)).toMatchObject({ copied: nothingCopied })
})

test('a run that only copied is done', () => {
  expect(endLine(reportOf(moved))).toMatch(/^Done/)
})
