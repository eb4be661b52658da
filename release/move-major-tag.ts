/** Moves the major tag in a git repository, and verifies it. */
import { type GitTag, type Verdict, judgeMajorTag } from './major-tag.ts'

/** Runs git with arguments; returns its output. Rejects if git fails. */
export type Git = (...args: readonly string[]) => Promise<string>

/**
 * Points the major tag of a release at it in `origin`, where `judgeMajorTag` says so; gives the verdict. Nothing is written when the tag
 * is no longer where it was seen. Throws an error on a refusal, when git fails, and when the tag is not there afterwards.
 */
export async function moveMajorTag(git: Git, release: string): Promise<Verdict> {
  const tags = await tagsOf(git)
  const verdict = judgeMajorTag(release, tags)
  if (verdict.kind === 'refuse') throw new Error(`${verdict.name} stays: ${verdict.reason}`)
  if (verdict.kind !== 'create' && verdict.kind !== 'move') return verdict
  const commit = commitOf(tags, release) ?? ''
  const reference = `refs/tags/${verdict.name}`
  const seen = tags.find(({ name }) => name === verdict.name)?.object ?? ''
  await git('push', `--force-with-lease=${reference}:${seen}`, 'origin', `${commit}:${reference}`)
  const now = commitOf(await tagsOf(git), verdict.name)
  if (now !== commit)
    throw new Error(`${verdict.name} is at ${now ?? 'nothing'} after the push, not at ${commit}`)
  return verdict
}

/** Lists the tags of `origin`. An annotated tag has a second line, `NAME^{}`, with the commit that it leads to. */
async function tagsOf(git: Git): Promise<GitTag[]> {
  const listed = await git('ls-remote', '--tags', 'origin')
  const lines = listed.matchAll(/^([0-9a-f]+)\trefs\/tags\/(\S+)$/gm)
  const objects = new Map([...lines].map(([, object = '', name = '']) => [name, object]))
  return [...objects]
    .filter(([name]) => !name.endsWith('^{}'))
    .map(([name, object]) => ({ name, object, commit: objects.get(`${name}^{}`) ?? object }))
}

function commitOf(tags: readonly GitTag[], name: string): string | undefined {
  return tags.find(tag => tag.name === name)?.commit
}
