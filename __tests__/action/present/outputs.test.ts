/** Tests of the outputs: the values of a report. */
import { describe, expect, test } from '@jest/globals'
import { outputNames, outputsOf as outputsOfReport } from '../../../src/action/present/outputs.ts'
import { PromotionError } from '../../../src/oci/errors.ts'
import { asTarget, parseReference } from '../../../src/oci/reference.ts'
import { manifestOf, otherDigest, targetOf } from '../../../testing/samples.ts'
import { image, indexOf } from '../../../testing/images.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const outputsOf = (report: LooseReport): ReturnType<typeof outputsOfReport> =>
  outputsOfReport(reportOf(report))

const parts = [image(), image({ platform: 'linux/arm64/v8' })]
const children = parts.map(part => part.digest)
const index = indexOf(parts)
const manifest = manifestOf(index)
const { digest } = manifest
const source = parseReference('ghcr.io/acme/app:sha-1')
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
      'previous-digest': otherDigest
    })
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
          manifests: { 'linux/amd64': children[0], 'linux/arm64/v8': children[1] }
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
      ...{ images: '[]', platforms: '{}', missing: '[]', found: 'true', changed: 'false' }
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
