/** Tests of how a rotation is drawn, and told in words. */
import { describe, expect, test } from '@jest/globals'
import { rotationsOf as rotationsOfReport } from '../../../src/action/present/rotations.ts'
import { type Digest, digestOf, shortDigest } from '../../../src/oci/digest.ts'
import { targetOf } from '../../../testing/samples.ts'
import { type LooseReport, type LooseTarget, reportOf } from '../../../testing/reports.ts'

const rotationsOf = (report: LooseReport): ReturnType<typeof rotationsOfReport> =>
  rotationsOfReport(reportOf(report))

const [today, first, second] = ['today', 'first', 'second'].map(text =>
  digestOf(new TextEncoder().encode(text))
) as [Digest, Digest, Digest]
const nightly = targetOf('nightly')
const targets: LooseTarget[] = [
  { target: targetOf('1'), outcome: 'created', digest: today },
  { target: nightly, outcome: 'moved', digest: today, previousDigest: first },
  { target: targetOf('nightly-1'), outcome: 'moved', digest: first, previousDigest: second, keeps: nightly },
  { target: targetOf('nightly-2'), outcome: 'created', digest: second, keeps: nightly }
]

describe('rotationsOf', () => {
  test('draws each image on its way from tag to tag', () => {
    const [, diagram] = /```mermaid\n([^]*?)\n```/.exec(rotationsOf({ targets })) ?? []
    expect(diagram?.split('\n')).toStrictEqual([
      'flowchart LR',
      '  tag0["nightly"]',
      '  tag1["nightly-1"]',
      '  tag2["nightly-2"]',
      `  image0(["${shortDigest(today)}"]) --> tag0`,
      `  tag0 -- "${shortDigest(first)}" --> tag1`,
      `  tag1 -- "${shortDigest(second)}" --> tag2`
    ])
  })

  test('tells the same in words', () => {
    const lines = rotationsOf({ targets })
      .split('\n')
      .filter(line => line.startsWith('- '))
    expect(lines).toStrictEqual([
      `- \`nightly\` is \`${shortDigest(today)}\``,
      `- \`nightly-1\` is \`${shortDigest(first)}\`, which was \`nightly\``,
      `- \`nightly-2\` is \`${shortDigest(second)}\`, which was \`nightly-1\``
    ])
  })

  test('draws each rotation by itself', () => {
    const other = targetOf('edge')
    const more: LooseTarget[] = [
      { target: other, outcome: 'moved', digest: today, previousDigest: first },
      { target: targetOf('edge-1'), outcome: 'created', digest: first, keeps: other }
    ]
    expect(rotationsOf({ targets: [...targets, ...more] }).match(/<summary>.*<\/summary>/g)).toStrictEqual([
      '<summary>How ghcr.io/acme/app:nightly rotated</summary>',
      '<summary>How ghcr.io/acme/app:edge rotated</summary>'
    ])
  })

  test('draws nothing where the tag itself was not written', () => {
    expect(rotationsOf({ targets: targets.slice(2) })).toBe('')
  })

  test('draws nothing that was not written', () => {
    const undone = targets.map((report): LooseTarget => ({ ...report, outcome: 'restored' }))
    expect(rotationsOf({ targets: undone })).toBe('')
    expect(rotationsOf({ targets: targets.slice(0, 2) })).toBe('')
  })
})
