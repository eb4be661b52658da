/** A release: its version and its part of the changelog. */

/** What release/main.ts reads. */
export interface Sources {
  /** The text of CHANGELOG.md. */
  readonly changelog: string
  /** The version in package.json. */
  readonly version: string
}

/** Returns the changelog's part on a release, `v1.4.0`. Throws an error if there is none, or package.json has another version. */
export function notesOf(release: string, { changelog, version }: Sources): string {
  if (release !== `v${version}`)
    throw new Error(`package.json has version ${version}, which is not ${release}`)
  const [, ...parts] = changelog.split(/^## /m)
  const part = parts.find(text => text.startsWith(`[${version}]`))
  if (part === undefined) throw new Error(`CHANGELOG.md has no part "## [${version}]"`)
  const links = /^\[[^\]]+\]: \S+$/gm
  const notes = part.slice(part.indexOf('\n')).replace(links, '').trim()
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of ${version}`)
  return notes
}
