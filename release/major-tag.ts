/**
 * Decides what becomes of a major tag (`v1`) when a release (`v1.4.0`) is published, with the care that Retag takes of its users' tags:
 *
 *     the release                                  the major tag      verdict
 *     is no `vMAJOR.MINOR.PATCH`, or has no tag    any                refuse
 *     is a pre-release                             any                keep
 *     is older than another of its major version   any                keep
 *     is the newest                                absent             create
 *     is the newest                                points to it       unchanged
 *     is the newest                                points to another  move
 *     is the newest                                points elsewhere   refuse: somebody moved it by hand
 */
import { type Version, compareVersions, parseVersion } from '../src/promotion/version.ts'

/** A tag of a git repository. */
export interface GitTag {
  readonly name: string
  /** The object of the reference: a commit or an annotated tag. */
  readonly object: string
  /** The commit that it resolves to. */
  readonly commit: string
}

/** What to do with a major tag, and why. */
export interface Verdict {
  readonly kind: 'create' | 'move' | 'unchanged' | 'keep' | 'refuse'
  readonly reason: string
  /** The major tag: `v1`. */
  readonly name: string
}

/** Decides on the major tag of a release, given all existing tags. */
export function judgeMajorTag(release: string, tags: readonly GitTag[]): Verdict {
  const version = /^v\d+\.\d+\.\d+(?:-|$)/.test(release) ? parseVersion(release) : undefined
  const name = release.split('.')[0] ?? ''
  const published = tags.find(tag => tag.name === release)
  if (version === undefined || published === undefined)
    return { kind: 'refuse', name, reason: `there is no tag ${release} of the form v1.2.3` }
  if (version.isPreRelease) return { kind: 'keep', name, reason: `${release} is a pre-release` }
  const releases = tags.flatMap(tag => releaseOf(tag, name))
  const newer = releases.find(other => compareVersions(other.version, version) > 0)
  if (newer !== undefined) return { kind: 'keep', name, reason: `${newer.name} is newer than ${release}` }
  return judgeForNewest(published, { name, releases, present: tags.find(tag => tag.name === name) })
}

interface Present {
  readonly name: string
  readonly releases: readonly GitTag[]
  readonly present: GitTag | undefined
}

function judgeForNewest(published: GitTag, { name, releases, present }: Present): Verdict {
  if (present === undefined) return { kind: 'create', name, reason: `there is no ${name} yet` }
  if (present.commit === published.commit)
    return { kind: 'unchanged', name, reason: `${name} is ${published.name} already` }
  const held = releases.find(({ commit }) => commit === present.commit)
  return held === undefined
    ? {
        kind: 'refuse',
        name,
        reason: `${name} is at ${present.commit}, which is no release: look who moved it`
      }
    : { kind: 'move', name, reason: `${published.name} is newer than ${held.name}` }
}

/** Parses a tag as a release of a major version; undefined for anything else, including pre-releases. */
function releaseOf(tag: GitTag, major: string): (GitTag & { version: Version })[] {
  const version = /^v\d+\.\d+\.\d+$/.test(tag.name) ? parseVersion(tag.name) : undefined
  return version !== undefined && tag.name.startsWith(`${major}.`) ? [{ ...tag, version }] : []
}
