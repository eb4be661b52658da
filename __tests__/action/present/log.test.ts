/** Tests of the log: what is waited for, what was found, what is planned, and one line a target. */
import { describe, expect, test } from '@jest/globals'
import {
  endLine as endLineReport,
  type Section,
  outcomeSections as outcomeSectionsOfReport,
  planLines,
  sourceSection,
  waitLines
} from '../../../src/action/present/log.ts'
import { MAXIMUM_TEXT } from '../../../src/action/present/presentable.ts'
import { shortDigest } from '../../../src/oci/digest.ts'
import { digestOf } from '../../../src/oci/digester.ts'
import { PROGRESS_INTERVAL, telling } from '../../../src/action/present/progress.ts'
import { countOutcomes, whyOf } from '../../../src/action/present/outcomes.ts'
import { copiedLines, copyLine, countCopied } from '../../../src/action/present/copied.ts'
import type { Descriptor } from '../../../src/oci/descriptor.ts'
import type { CopyEvent } from '../../../src/promote/ports.ts'
import type { Placed } from '../../../src/oci/placement.ts'
import { formatBytes } from '../../../src/action/present/bytes.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import type { Plan, Step } from '../../../src/promotion/plan.ts'
import type { Verdict } from '../../../src/promotion/policy.ts'
import { asTarget, parseReference } from '../../../src/oci/reference.ts'
import { type Copied, type Copy, type LocatedBlob, nothingCopied } from '../../../src/promotion/copy.ts'
import { type Report, outcomes } from '../../../src/promotion/report.ts'
import { setOf } from '../../../testing/requests.ts'
import { descriptorOf, image, indexOf } from '../../../testing/images.ts'
import { foundState } from '../../../testing/facts.ts'
import { indexSourceOf, manifestOf, otherDigest, sourceOf, targetOf } from '../../../testing/samples.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const outcomeSections = (report: LooseReport): Section[] => outcomeSectionsOfReport(reportOf(report))
const outcomeLines = (report: LooseReport): string[] =>
  outcomeSections(report).flatMap(({ lines }) => [...lines])
const endLine = (report: LooseReport): ReturnType<typeof endLineReport> => endLineReport(reportOf(report))

const manifest = manifestOf()
const { digest } = manifest
const source = sourceOf('ghcr.io/acme/app:sha-1')
const target = targetOf('1')
const error = new PromotionError('DENIED', 'no')

test('waitLines says what is missing, and how long it is waited for', () => {
  const missing = new PromotionError('SOURCE_NOT_FOUND', 'there is no image a:1')
  expect(waitLines([missing], 90_000)).toStrictEqual(['Waiting up to 1 min 30 s more: there is no image a:1'])
})

describe('planLines', () => {
  const request = setOf([['ghcr.io/acme/app:sha-1', []]])
  const planOf = (...verdicts: Verdict[]): Plan => ({
    sources: [foundState(manifest)],
    manifests: new Map(),
    copies: [],
    warnings: [],
    steps: verdicts.map((verdict): Step => ({ target, source, verdict, before: [] }))
  })

  test('names the source, its digest and what it is', () => {
    const { title, lines } = sourceSection(request, planOf({ kind: 'create', digest }))
    expect(title).toBeUndefined()
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe('Source ghcr.io/acme/app:sha-1')
    expect(lines[1]).toContain(digest)
    expect(lines[2]).toContain('OCI image manifest')
  })

  test('names the parts of an index, one a line', () => {
    const parts = indexSourceOf(['ghcr.io/acme/app:amd64', 'ghcr.io/acme/app:arm64'])
    const { lines } = sourceSection(setOf([[parts, []]]), planOf({ kind: 'create', digest }))
    expect(lines.slice(0, 3)).toStrictEqual([
      'Source ghcr.io/acme/app:amd64',
      '     + ghcr.io/acme/app:arm64',
      `  ${digest}`
    ])
  })

  test('names a source that does not exist', () => {
    expect(
      sourceSection(request, { ...planOf(), sources: [{ kind: 'missing', error }] }).lines
    ).toStrictEqual(['Source ghcr.io/acme/app:sha-1', '  does not exist'])
  })

  test('folds many images, and cuts what an index of many platforms is', () => {
    const set = setOf(Array.from({ length: 30 }, (_, number) => [`ghcr.io/acme/a${number.toString()}:1`, []]))
    const parts = Array.from({ length: 300 }, (_, number) =>
      image({ platform: `linux/p${number.toString()}` })
    )
    const wide = foundState(manifestOf(indexOf(parts)))
    const { title, lines } = sourceSection(set, { ...planOf(), sources: set.promotions.map(() => wide) })
    expect(title).toBe('30 images')
    expect(lines).toHaveLength(90)
    expect(lines[2]?.length).toBeLessThanOrEqual(MAXIMUM_TEXT + 2)
  })

  test('counts what is planned', () => {
    const keep: Verdict = { kind: 'keep', previous: otherDigest, reason: 'why' }
    const move: Verdict = { kind: 'move', digest, previous: otherDigest }
    const intended = planOf({ kind: 'create', digest }, move, { kind: 'unchanged', digest }, move, keep)
    expect(planLines(intended).at(-1)).toBe('Plan: 1 to create, 2 to move, 1 up to date, 1 to keep')
  })

  test('says that nothing is written when something is refused', () => {
    const intended = planOf({ kind: 'create', digest }, { kind: 'refuse', error })
    expect(planLines(intended).at(-1)).toBe('Plan: 1 to create, 1 refused; nothing will be written')
  })
})

describe('outcomeLines', () => {
  test.each<[LooseTarget, string]>([
    [{ target, outcome: 'created', digest }, shortDigest(digest)],
    [
      { target, outcome: 'moved', digest, previousDigest: otherDigest },
      `${shortDigest(otherDigest)} → ${shortDigest(digest)}`
    ],
    [{ target, outcome: 'unchanged', digest, previousDigest: digest }, shortDigest(digest)],
    [{ target, outcome: 'kept', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'refused', reason: 'why' }, 'why'],
    [{ target, outcome: 'failed', previousDigest: otherDigest, reason: 'why' }, 'why'],
    [{ target, outcome: 'restored', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'not-attempted', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'failed' }, ''],
    [
      { target, outcome: 'created', digest, keeps: targetOf('nightly') },
      `${shortDigest(digest)}  (an earlier nightly)`
    ]
  ])('tells in one line what became of a target: %j', (report, change) => {
    const [line, ...others] = outcomeLines({ source, manifest, targets: [report] })
    expect(others).toStrictEqual([])
    expect(line?.startsWith(`${report.outcome.replace('-', ' ').padEnd(13)} ghcr.io/acme/app:1  `)).toBe(true)
    expect(line?.trimEnd().endsWith(`ghcr.io/acme/app:1  ${change}`.trimEnd())).toBe(true)
  })

  test('names a source that was not read', () => {
    expect(outcomeLines({ source, targets: [] })).toStrictEqual(['Source ghcr.io/acme/app:sha-1'])
  })

  test('says nothing when the inputs could not be read', () => {
    expect(outcomeLines({ targets: [] })).toStrictEqual([])
  })

  test('puts the tags of all targets below each other', () => {
    const lines = outcomeLines({ targets: outcomes.map(outcome => ({ target, outcome })) })
    expect(new Set(lines.map(line => line.indexOf('ghcr.io'))).size).toBe(1)
  })
})

describe('outcomeSections', () => {
  const tags = (count: number): LooseTarget[] =>
    Array.from({ length: count }, (_, number) => ({
      target: targetOf(`t${number.toString()}`),
      outcome: 'created',
      digest
    }))

  test('fold a long list of tags under what happened', () => {
    expect(outcomeSections({ source, manifest, targets: tags(20) })).toHaveLength(1)
    const [before, folded, ...rest] = outcomeSections({ source, manifest, targets: tags(21) })
    expect([before, rest]).toStrictEqual([{ lines: [] }, []])
    expect(folded?.title).toBe('21 tags: 21 created')
    expect(folded?.lines).toHaveLength(21)
  })

  test('fold the tags of each image, but not those that need attention, which come first', () => {
    const sources = Array.from({ length: 30 }, (_, number) => ({
      source: sourceOf(`ghcr.io/acme/a${number.toString()}:sha-1`),
      image: { manifest, platforms: [] }
    }))
    const targets = sources.map(({ source: of }, number): LooseTarget => ({
      target: asTarget(parseReference(`ghcr.io/acme/a${number.toString()}:1`)),
      source: of,
      outcome: number === 7 ? 'failed' : 'created',
      ...(number === 7 ? { reason: 'why' } : { digest })
    }))
    const [first, second, ...rest] = outcomeSections({ sources, targets })
    expect(first).toStrictEqual({
      lines: ['ghcr.io/acme/a7:sha-1 to ghcr.io/acme/a7: 1 failed', 'failed        ghcr.io/acme/a7:1  why']
    })
    expect(second).toStrictEqual({
      title: 'ghcr.io/acme/a0:sha-1 to ghcr.io/acme/a0: 1 created',
      lines: [`created       ghcr.io/acme/a0:1  ${shortDigest(digest)}`]
    })
    expect(rest).toHaveLength(28)
  })

  test('say of a dry run what would be done', () => {
    const moved: LooseTarget = { target, outcome: 'moved', digest, previousDigest: otherDigest }
    const [section] = outcomeSections({ source, manifest, dryRun: true, targets: [...tags(1), moved] })
    expect(section?.lines).toStrictEqual([
      `would be created ghcr.io/acme/app:t0  ${shortDigest(digest)}`,
      `would be moved   ghcr.io/acme/app:1  ${shortDigest(otherDigest)} → ${shortDigest(digest)}`
    ])
  })
})

describe('endLine', () => {
  const created: LooseTarget = { target, outcome: 'created', digest }

  test('says that all was done', () => {
    expect(endLine({ source, targets: [created] })).toBe('Done: 1 created')
  })

  test('says that nothing was written in a dry run', () => {
    expect(endLine({ source, targets: [created], dryRun: true })).toBe(
      'Dry run, nothing was written: 1 would be created'
    )
  })

  test('says that something failed', () => {
    expect(endLine({ source, targets: [created, { target, outcome: 'failed' }] })).toBe(
      'Failed: 1 failed, 1 created'
    )
    expect(endLine({ targets: [], error })).toBe('Failed')
  })
})

const MEGABYTE = 1_000_000
const { repository } = parseReference('one.example/app:1')
const blob: Descriptor = { mediaType: 'x', digest: digestOf(new Uint8Array()), size: 5 * MEGABYTE }

function placed(how: Placed): CopyEvent {
  return { kind: 'placed', placement: { from: repository, to: repository, blob }, how }
}

/** Tells events, each so many seconds after the one before, and gives the lines. */
function linesOf(...events: readonly (readonly [seconds: number, event: CopyEvent])[]): string[] {
  const lines: string[] = []
  let clock = 0
  const tell = telling({ say: line => lines.push(line), now: () => clock })
  for (const [seconds, event] of events) {
    clock += seconds * 1000
    tell(event)
  }
  return lines
}

const begun: CopyEvent = { kind: 'begun', blobs: 4, bytes: 20 * MEGABYTE }
const bytes = (count: number): CopyEvent => ({ kind: 'bytes', count })

test('the interval is five seconds', () => {
  expect(PROGRESS_INTERVAL).toBe(5_000)
})

describe('telling', () => {
  test('says nothing of copies that are done in no time', () => {
    expect(linesOf([9, begun], [1, bytes(5 * MEGABYTE)], [1, placed('copied')])).toStrictEqual([])
  })

  test('says every five seconds how far it is', () => {
    expect(
      linesOf(
        [9, begun],
        [4, bytes(5 * MEGABYTE)],
        [0, placed('copied')],
        [1, bytes(3 * MEGABYTE)],
        [4, bytes(MEGABYTE)],
        [1, bytes(MEGABYTE)]
      )
    ).toStrictEqual(['  1 of 4 blobs, 8.0 MB of 20 MB, 1.6 MB/s', '  1 of 4 blobs, 10 MB of 20 MB, 1.0 MB/s'])
  })

  test.each(['mounted', 'present'] as const)('counts what is %s as done, and not into the rate', how => {
    expect(linesOf([0, begun], [0, placed(how)], [5, bytes(5 * MEGABYTE)])).toStrictEqual([
      '  1 of 4 blobs, 10 MB of 20 MB, 1.0 MB/s'
    ])
  })

  test('takes back what has to be sent again', () => {
    expect(linesOf([0, begun], [1, bytes(8 * MEGABYTE)], [4, bytes(-8 * MEGABYTE)])).toStrictEqual([
      '  0 of 4 blobs, 0 bytes of 20 MB, 0 bytes/s'
    ])
  })
})

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [9949, '9.9 kB'],
  [9951, '10 kB'],
  [12_345, '12 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [999_999, '1.0 MB'],
  [1_073_906_449, '1.1 GB'],
  [345_000_000, '345 MB'],
  [2_500_000_000_000, '2.5 TB'],
  [7_000_000_000_000_000, '7000 TB']
])('formatBytes writes %d as %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words)
})

const nothing = reportOf({ targets: [] })
const moved = { ...nothingCopied, blobs: 9, bytes: 1_073_906_449, manifests: 1 }
const copying = (copied: Partial<Copied>, rest: Partial<Report> = {}): Report => ({
  ...nothing,
  copied: { ...nothingCopied, ...copied },
  ...rest
})
const warnings = ['sha256-1.sig was left behind: DENIED: <b>no</b>']

test.each([
  [{}, ''],
  [{ blobs: 9, bytes: 1_073_906_449, manifests: 1 }, '9 blobs (1.1 GB), 1 manifest'],
  [
    { mounted: 1, present: 3, manifests: 2, referrers: 1 },
    '1 blob mounted, 2 manifests, 1 referrer, 3 blobs already there'
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
  const whole = { ...copy, image: { graph, manifests: [], blobs: [] } }
  expect(copyLine(whole)).toBe('  to one.example/other: nothing to copy')
})

describe('copiedLines', () => {
  test.each([
    ['what was copied', copying(moved), ['Copied 9 blobs (1.1 GB), 1 manifest']],
    ['what was left behind', copying({}, { warnings }), warnings],
    ['nothing where nothing belongs to it', copying({}), []],
    ['nothing of what a dry run did not copy', copying(moved, { dryRun: true }), []],
    ['nothing where the run came to nothing', nothing, []]
  ])('say %s', (_what, report, lines) => {
    expect(copiedLines(report)).toStrictEqual(lines)
  })
})

describe('countOutcomes', () => {
  const targets = outcomes.map(outcome => ({ target, source, outcome }))

  test('counts every outcome, what needs attention first', () => {
    expect(countOutcomes({ targets: [...targets, ...targets], dryRun: false })).toBe(
      '2 failed, 2 refused, 2 restored, 2 not attempted, 2 superseded, 2 created, 2 moved, 2 unchanged, 2 kept, 2 skipped'
    )
  })

  test('says what would be written in a dry run, and nothing of nothing', () => {
    expect(countOutcomes({ targets: [], dryRun: true })).toBe('')
    expect(countOutcomes({ targets, dryRun: true })).toMatch(
      /1 would be created, 1 would be moved, 1 unchanged/
    )
  })
})

describe('whyOf', () => {
  const comparison = { kind: 'newer', by: 'published', reason: '1.4.0 is higher than 1.3.9' } as const
  const report = { target, source, digest, previousDigest: otherDigest }

  test.each([
    ['published', 'the versions that are published'],
    ['version', 'the versions that the images state'],
    ['created', 'the times when the images were created']
  ] as const)('tells that %s decided a tag under forward, with both versions', (by, rule) => {
    const decided = { ...report, comparison: { ...comparison, by } }
    const why = whyOf({ ...decided, outcome: 'moved' })
    expect(why).toBe(`newer, because 1.4.0 is higher than 1.3.9 (decided by ${rule})`)
    expect(whyOf({ ...decided, outcome: 'kept', reason: 'kept' })).toBe(`kept (decided by ${rule})`)
    expect(outcomeLines({ targets: [{ ...decided, outcome: 'moved' }] })[0]).toMatch(
      new RegExp(` → .*, newer, because 1.4.0 is higher than 1.3.9 \\(decided by ${rule}\\)$`)
    )
  })

  test('is the reason alone where a write failed, and nothing of a plain move', () => {
    expect(whyOf({ ...report, comparison, outcome: 'failed', reason: 'DENIED' })).toBe('DENIED')
    expect(whyOf({ ...report, outcome: 'moved' })).toBeUndefined()
  })
})
