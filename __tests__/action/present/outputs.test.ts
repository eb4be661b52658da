/** Tests of the outputs: the values of a report. */
import { describe, expect, test } from '@jest/globals'
import {
  MAXIMUM_OUTPUT,
  outputNames,
  outputsOf as outputsOfReport
} from '../../../src/action/present/outputs.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { asTarget, parseReference } from '../../../src/oci/reference.ts'
import { indexSourceOf, manifestOf, otherDigest, sourceOf, targetOf } from '../../../testing/samples.ts'
import { image, indexOf } from '../../../testing/images.ts'
import type { SourceReport } from '../../../src/promotion/report.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const outputsOf = (report: LooseReport): ReturnType<typeof outputsOfReport> =>
  outputsOfReport(reportOf(report))

const parts = [image(), image({ platform: 'linux/arm64/v8' })]
const children = parts.map(part => part.digest)
const index = indexOf(parts)
const manifest = manifestOf(index)
const { digest } = manifest
const manifests = { 'linux/amd64': children[0], 'linux/arm64/v8': children[1] }
const source = sourceOf('ghcr.io/acme/app:sha-1')
const manyPlatforms = manifestOf(
  indexOf(Array.from({ length: 20 }, (_, number) => image({ platform: `linux/p${number.toString()}` })))
)
const error = new PromotionError('DENIED', 'no', { advice: 'ask' })

const done: LooseReport = {
  source,
  manifest,
  platforms: ['linux/amd64', 'linux/arm64/v8'],
  targets: [
    { target: targetOf('latest'), outcome: 'moved', digest, previousDigest: otherDigest },
    { target: targetOf('1.0'), outcome: 'created', digest }
  ]
}
const nothingCopied = { manifests: 0, blobs: 0, bytes: 0, mounted: 0, present: 0, referrers: 0 }

describe('outputsOf', () => {
  test('has every output, and no other', () => {
    for (const report of [done, { targets: [], error }])
      expect(Object.keys(outputsOf(report)).sort()).toStrictEqual([...outputNames].sort())
  })

  test('gives the values of a report', () => {
    expect(outputsOf(done)).toMatchObject({
      digest,
      'media-type': index.mediaType,
      image: 'ghcr.io/acme/app',
      tags: 'ghcr.io/acme/app:latest\nghcr.io/acme/app:1.0',
      changed: 'true',
      found: 'true',
      missing: '[]',
      'previous-digest': otherDigest
    })
    expect(JSON.parse(outputsOf(done).platforms)).toStrictEqual(manifests)
  })

  test('has an entry for each image, for a matrix', () => {
    const other = sourceOf('ghcr.io/acme/web:sha-1')
    const target = asTarget(parseReference('docker.io/acme/web:1.0'))
    const gone = sourceOf('ghcr.io/acme/gone:sha-1')
    const report = {
      ...reportOf(done),
      sources: [
        ...reportOf(done).sources,
        { source: other, image: { manifest: manifestOf(), platforms: [] } },
        { source: gone, isMissing: true }
      ],
      targets: [
        ...reportOf(done).targets,
        { target, source: other, outcome: 'created' as const },
        {
          target: asTarget(parseReference('docker.io/acme/web:1.0-1')),
          source: other,
          outcome: 'created' as const,
          keeps: target
        }
      ]
    }
    expect(JSON.parse(outputsOfReport(report).images)).toStrictEqual([
      {
        source: 'ghcr.io/acme/app:sha-1',
        image: 'ghcr.io/acme/app',
        digest,
        platforms: manifests,
        tags: ['ghcr.io/acme/app:latest', 'ghcr.io/acme/app:1.0']
      },
      {
        source: 'ghcr.io/acme/web:sha-1',
        image: 'docker.io/acme/web',
        digest: manifestOf().digest,
        platforms: {},
        tags: ['docker.io/acme/web:1.0']
      },
      { source: 'ghcr.io/acme/gone:sha-1', image: '', digest: '', platforms: {}, tags: [] }
    ])
  })

  test('names an index by its parts', () => {
    const parts = indexSourceOf(['ghcr.io/acme/app:amd64', 'ghcr.io/acme/app:arm64'])
    const outputs = outputsOf({ ...done, source: parts, sources: [{ source: parts, isMissing: true }] })
    const name = 'ghcr.io/acme/app:amd64 + ghcr.io/acme/app:arm64'
    expect(JSON.parse(outputs.missing)).toStrictEqual([name])
    expect(JSON.parse(outputs.images)).toMatchObject([{ source: name }])
    expect(JSON.parse(outputs.report)).toMatchObject({
      sources: [{ reference: name }],
      targets: done.targets.map(() => ({ source: name }))
    })
  })

  test.each<[string, Partial<SourceReport>, readonly [string, string[]]]>([
    ['is there', { image: { manifest, platforms: [] } }, ['true', []]],
    ['is missing, which may be', { isMissing: true }, ['false', ['ghcr.io/acme/app:sha-1']]],
    [
      'is missing',
      { error: new PromotionError('SOURCE_NOT_FOUND', 'no') },
      ['false', ['ghcr.io/acme/app:sha-1']]
    ],
    ['gave no answer', { error }, ['', []]],
    ['was not looked at', {}, ['', []]]
  ])('tells of a source that %s whether it was found', (_what, state, [found, missing]) => {
    const outputs = outputsOf({ targets: [], sources: [{ source, ...state }] })
    expect(outputs.found).toBe(found)
    expect(JSON.parse(outputs.missing)).toStrictEqual(missing)
  })

  test('reports all of it as JSON', () => {
    expect(JSON.parse(outputsOf(done).report)).toStrictEqual({
      sources: [
        {
          reference: 'ghcr.io/acme/app:sha-1',
          digest,
          mediaType: index.mediaType,
          size: index.bytes.length,
          platforms: ['linux/amd64', 'linux/arm64/v8'],
          manifests
        }
      ],
      dryRun: false,
      targets: [
        {
          reference: 'ghcr.io/acme/app:latest',
          source: 'ghcr.io/acme/app:sha-1',
          outcome: 'moved',
          digest,
          previousDigest: otherDigest
        },
        { reference: 'ghcr.io/acme/app:1.0', source: 'ghcr.io/acme/app:sha-1', outcome: 'created', digest }
      ],
      copied: nothingCopied
    })
  })

  test('names a tag that keeps an earlier image in the report, but not among the tags', () => {
    const targets: LooseTarget[] = [
      { target: targetOf('nightly'), outcome: 'moved', digest, previousDigest: otherDigest },
      { target: targetOf('nightly-1'), outcome: 'created', digest: otherDigest, keeps: targetOf('nightly') }
    ]
    const outputs = outputsOf({ source, manifest, targets })
    expect(outputs.tags).toBe('ghcr.io/acme/app:nightly')
    expect(JSON.parse(outputs.report)).toMatchObject({
      targets: [
        { reference: 'ghcr.io/acme/app:nightly' },
        { reference: 'ghcr.io/acme/app:nightly-1', keeps: 'ghcr.io/acme/app:nightly' }
      ]
    })
  })

  test('tells a dry run, and the platforms that were found', () => {
    const report = { ...done, manifest: manifestOf(), platforms: ['linux/amd64'], dryRun: true }
    expect(JSON.parse(outputsOf(report).report)).toMatchObject({
      sources: [{ platforms: ['linux/amd64'], manifests: { 'linux/amd64': manifestOf().digest } }],
      dryRun: true
    })
    expect(outputsOf(report).changed).toBe('true')
  })

  test('reports the reason of a target, but not its error', () => {
    const targets: LooseTarget[] = [{ target: targetOf('1'), outcome: 'refused', reason: 'why', error }]
    expect(JSON.parse(outputsOf({ source, manifest, targets }).report)).toMatchObject({
      targets: [{ reference: 'ghcr.io/acme/app:1', outcome: 'refused', reason: 'why' }]
    })
    expect(outputsOf({ source, manifest, targets }).report).not.toMatch(/DENIED|ask|"error"/)
  })

  test('is one line of JSON, whatever a reason holds', () => {
    const targets: LooseTarget[] = [{ target: targetOf('1'), outcome: 'failed', reason: 'a\nb\u2028"c"' }]
    const { report } = outputsOf({ source, targets })
    expect(report).not.toContain('\n')
    expect(JSON.parse(report)).toMatchObject({ targets: [{ reason: 'a\nb\u2028"c"' }] })
  })
})

describe('outputsOf a run that failed', () => {
  test('has no digest when the source was not accepted, and names the targets all the same', () => {
    const targets: LooseTarget[] = [{ target: targetOf('1'), outcome: 'not-attempted', reason: 'why' }]
    const outputs = outputsOf({ source, targets, error })
    expect(outputs).toMatchObject({
      digest: '',
      'media-type': '',
      image: 'ghcr.io/acme/app',
      tags: 'ghcr.io/acme/app:1',
      changed: 'false',
      'previous-digest': ''
    })
    expect(JSON.parse(outputs.report)).toMatchObject({ sources: [{ reference: 'ghcr.io/acme/app:sha-1' }] })
  })

  test('is empty when the inputs could not be read', () => {
    const { report, ...others } = outputsOf({ targets: [], error })
    expect(others).toStrictEqual({
      ...{ digest: '', 'media-type': '', image: '', tags: '', 'previous-digest': '' },
      ...{ images: '[]', platforms: '{}', missing: '[]', found: '', changed: 'false' }
    })
    expect(JSON.parse(report)).toStrictEqual({
      sources: [],
      dryRun: false,
      targets: [],
      copied: nothingCopied
    })
  })
})

test.each<[string, Omit<LooseTarget, 'target'>, string]>([
  ['where it pointed', { outcome: 'moved', digest, previousDigest: otherDigest }, otherDigest],
  ['where it still points', { outcome: 'unchanged', digest, previousDigest: digest }, digest],
  ['nothing of a new tag', { outcome: 'created', digest }, ''],
  ['where it pointed before a write failed', { outcome: 'failed', previousDigest: otherDigest }, otherDigest]
])('previous-digest of the first target tells %s', (_what, report, previous) => {
  const targets: LooseTarget[] = [
    { target: targetOf('first'), ...report },
    { target: targetOf('second'), outcome: 'moved', digest, previousDigest: manifestOf().digest }
  ]
  expect(outputsOf({ source, manifest, targets })['previous-digest']).toBe(previous)
})

test('image names the repository as Docker Hub does in full', () => {
  const target = asTarget(parseReference('app:1'))
  expect(outputsOf({ targets: [{ target, outcome: 'created' }] }).image).toBe('docker.io/library/app')
})

describe('outputs without bound', () => {
  const many = (count: number, reason: string): LooseTarget[] =>
    Array.from({ length: count }, (_, number) => ({
      target: targetOf(`t${number.toString()}`),
      outcome: 'refused',
      reason
    }))

  test.each([
    [10, 2000],
    [1000, 200]
  ])('of %d reasons keep %d characters each', (count, length) => {
    const { report } = outputsOf({ source, manifest, targets: many(count, 'é'.repeat(2000)) })
    const { targets } = JSON.parse(report) as { targets: { reason: string }[] }
    expect(targets).toHaveLength(count)
    expect(targets[0]?.reason).toHaveLength(length)
    expect(report.length).toBeLessThan(MAXIMUM_OUTPUT)
  })

  test('name a hundred platforms of an image that has thousands', () => {
    const platforms = Array.from({ length: 20_000 }, (_, number) => `linux/p${number.toString()}`)
    const outputs = outputsOf({ source, manifest, platforms, targets: [] })
    expect(JSON.parse(outputs.report)).toMatchObject({ sources: [{ platforms: platforms.slice(0, 100) }] })
  })

  test('drop the platforms before the images', () => {
    const sources = Array.from({ length: 1000 }, (_, number) => ({
      source: sourceOf(`ghcr.io/acme/a${number.toString()}:1`),
      image: { manifest: manyPlatforms, platforms: [] }
    }))
    const { images, platforms, report } = outputsOf({ targets: [], sources })
    expect(Object.keys(JSON.parse(platforms) as object)).toHaveLength(20)
    for (const text of [images, report]) expect(text.length).toBeLessThan(MAXIMUM_OUTPUT)
    expect(JSON.parse(images)).toHaveLength(1000)
  })
})
