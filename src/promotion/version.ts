/** Semantic versions (semver.org): reading and ordering, by a library: docs/adr/0008-order-of-versions.md. The only module that imports it. */
import SemanticVersion from 'bare-semver/version'

const MAXIMUM_LENGTH = 256

/** A semantic version. */
export interface Version {
  /** As it was written, without a leading `v`. */
  readonly text: string
  /** Whether it comes before a release: `2.0.0-rc.1`. */
  readonly isPreRelease: boolean
  readonly parsed: SemanticVersion
}

/** Reads a semantic version, which a `v` may lead; undefined for anything else. */
export function parseVersion(written: string): Version | undefined {
  const text = written.replace(/^v/, '')
  if (text.length > MAXIMUM_LENGTH) return undefined
  try {
    const parsed = SemanticVersion.parse(text)
    return { text, isPreRelease: parsed.prerelease.length > 0, parsed }
  } catch {
    return undefined
  }
}

/** Orders two versions: negative when `one` is lower, positive when it is higher, 0 when neither is (build metadata does not count). */
export function compareVersions(one: Version, other: Version): number {
  return SemanticVersion.compare(one.parsed, other.parsed)
}
