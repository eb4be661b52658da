/** Tests of the log: what was found, and one line a target. */
import { describe, expect, test } from '@jest/globals'
import { logOf } from '../../src/action/log.ts'
import { shortDigest } from '../../src/core/digest.ts'
import { parseReference } from '../../src/core/reference.ts'
import type { TargetReport } from '../../src/core/report.ts'
import { manifestOf, otherDigest, targetOf } from '../core/samples.ts'

const manifest = manifestOf()
const { digest } = manifest
const source = parseReference('ghcr.io/acme/app:sha-1')
const target = targetOf('1')

describe('logOf', () => {
  test('names the source, its digest and what it is', () => {
    const lines = logOf({ source, manifest, targets: [] })
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe('Source ghcr.io/acme/app:sha-1')
    expect(lines[1]).toContain(digest)
    expect(lines[2]).toContain('OCI image manifest')
  })

  test('names a source that was not read', () => {
    expect(logOf({ source, targets: [] })).toEqual(['Source ghcr.io/acme/app:sha-1'])
  })

  test('says nothing when the inputs could not be read', () => {
    expect(logOf({ targets: [] })).toEqual([])
  })

  test.each<[TargetReport, string]>([
    [{ target, outcome: 'created', digest }, shortDigest(digest)],
    [
      { target, outcome: 'moved', digest, previousDigest: otherDigest },
      `${shortDigest(otherDigest)} → ${shortDigest(digest)}`
    ],
    [{ target, outcome: 'unchanged', digest, previousDigest: digest }, shortDigest(digest)],
    [{ target, outcome: 'refused', reason: 'why' }, 'why'],
    [{ target, outcome: 'failed', previousDigest: otherDigest, reason: 'why' }, 'why'],
    [{ target, outcome: 'not-attempted', digest, previousDigest: digest, reason: 'why' }, 'why'],
    [{ target, outcome: 'failed' }, '']
  ])('tells in one line what became of a target: %j', (report, change) => {
    const [, line, ...others] = logOf({ source, targets: [report] })
    expect(others).toEqual([])
    expect(line?.split(/ +/, 2)).toEqual([report.outcome, 'ghcr.io/acme/app:1'])
    expect(line?.trimEnd().endsWith(`ghcr.io/acme/app:1  ${change}`.trimEnd())).toBe(true)
  })

  test('puts the tags of all targets below each other', () => {
    const outcomes = ['created', 'moved', 'unchanged', 'refused', 'failed', 'not-attempted'] as const
    const lines = logOf({ source, targets: outcomes.map(outcome => ({ target, outcome })) }).slice(1)
    expect(new Set(lines.map(line => line.indexOf('ghcr.io'))).size).toBe(1)
  })
})
