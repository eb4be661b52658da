/** The log of a run, as lines: what was found and what was done, one line a target. */
import { type Digest, shortDigest } from '../core/digest.ts'
import { describeManifest } from '../core/manifest.ts'
import { formatReference } from '../core/reference.ts'
import type { Report, TargetReport } from '../core/report.ts'

/** Tells a report as lines for the log. */
export function logOf({ source, manifest, targets }: Report): string[] {
  if (source === undefined) return []
  const found = manifest === undefined ? [] : [`  ${manifest.digest}`, `  ${describeManifest(manifest)}`]
  return [`Source ${formatReference(source)}`, ...found, ...targets.map(lineOf)]
}

function lineOf({ target, outcome, digest, previousDigest, reason }: TargetReport): string {
  const change =
    outcome === 'moved' ? `${short(previousDigest)} → ${short(digest)}` : (reason ?? short(digest))
  return `${outcome.padEnd('not-attempted'.length)} ${formatReference(target)}  ${change}`
}

function short(digest: Digest | undefined): string {
  return digest === undefined ? '' : shortDigest(digest)
}
