/** Tests of what a release does: its notes, and the major tag, in a real git repository. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type GitTag, judgeMajorTag } from '../release/major-tag.ts'
import { type Git, moveMajorTag } from '../release/move-major-tag.ts'
import { notesOf } from '../release/notes.ts'

const tag = (name: string, commit = name): GitTag => ({ name, object: commit, commit })

describe('judgeMajorTag', () => {
  const released = [tag('v1.3.0'), tag('v1.4.0'), tag('v2.0.0'), tag('v1.5.0-rc.1'), tag('v10.0.0')]
  test.each([
    ['v1.4.0', released, 'create'],
    ['v1.4.0', [...released, tag('v1', 'v1.4.0')], 'unchanged'],
    ['v1.4.0', [...released, tag('v1', 'v1.3.0')], 'move'],
    ['v1.4.0', [...released, tag('v1', 'elsewhere')], 'refuse'],
    ['v1.4.0', [...released, tag('v1', 'v2.0.0')], 'refuse'],
    ['v1.3.0', [...released, tag('v1', 'v1.4.0')], 'keep'],
    ['v1.3.0', released, 'keep'],
    ['v1.5.0-rc.1', [...released, tag('v1', 'v1.4.0')], 'keep'],
    ['v1.10.0', [...released, tag('v1.9.0'), tag('v1.10.0'), tag('v1', 'v1.9.0')], 'move'],
    ['v1.6.0', released, 'refuse'],
    ['v1', [...released, tag('v1', 'v1.4.0')], 'refuse'],
    ['1.4.0', [tag('1.4.0')], 'refuse']
  ])('judges %s (%#)', (release, tags, kind) => {
    expect(judgeMajorTag(release, tags).kind).toBe(kind)
  })
})

describe('moveMajorTag', () => {
  let folder: string
  let git: Git

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retag-release-'))
    git = async (...args) => {
      const who = ['-c', 'user.name=Anna', '-c', 'user.email=anna@example.com', '-c', 'tag.gpgSign=false']
      const options = { cwd: folder, env: { ...process.env, LC_ALL: 'C' } }
      const { stdout } = await promisify(execFile)('git', [...who, ...args], options)
      return stdout
    }
    await git('init', '--quiet', '--bare', 'origin.git')
    await git('init', '--quiet')
    await git('remote', 'add', 'origin', join(folder, 'origin.git'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const publish = async (name: string): Promise<void> => {
    await git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', name)
    await git('tag', '--annotate', '--message', name, name)
    await git('push', '--quiet', 'origin', `refs/tags/${name}`)
  }
  const at = async (name: string): Promise<string> => {
    await git('fetch', '--quiet', '--force', '--tags', 'origin')
    return (await git('rev-parse', `${name}^{commit}`)).trim()
  }

  test('creates it, moves it forward, and never back', async () => {
    await publish('v1.0.0')
    expect((await moveMajorTag(git, 'v1.0.0')).kind).toBe('create')
    await publish('v1.1.0')
    expect((await moveMajorTag(git, 'v1.1.0')).kind).toBe('move')
    expect((await moveMajorTag(git, 'v1.1.0')).kind).toBe('unchanged')
    await publish('v1.0.1')
    expect((await moveMajorTag(git, 'v1.0.1')).kind).toBe('keep')
    expect(await at('v1')).toBe(await at('v1.1.0'))
  })

  test('writes nothing when somebody else moved it in between', async () => {
    await publish('v1.2.0')
    const meanwhile: Git = async (...args) => {
      if (args[0] === 'push')
        await git('push', '--quiet', '--force', 'origin', 'v1.0.1^{commit}:refs/tags/v1')
      return git(...args)
    }
    await expect(moveMajorTag(meanwhile, 'v1.2.0')).rejects.toThrow('stale info')
    expect(await at('v1')).toBe(await at('v1.0.1'))
  })

  test('refuses a tag that was moved by hand', async () => {
    await git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', 'no release')
    await git('push', '--quiet', '--force', 'origin', 'HEAD:refs/tags/v1')
    await expect(moveMajorTag(git, 'v1.2.0')).rejects.toThrow('which is no release')
  })

  test('throws when the tag is not there afterwards', async () => {
    await publish('v2.0.0')
    const lossy: Git = async (...args) => (args[0] === 'push' ? '' : git(...args))
    await expect(moveMajorTag(lossy, 'v2.0.0')).rejects.toThrow('v2 is at nothing after the push')
  })
})

describe('notesOf', () => {
  const changelog =
    '# Changelog\n\n## [Unreleased]\n\n## [1.4.0] - 2026-11-24\n\n### Added\n\n- A thing.\n\n## [1.3.0]\n\n[1.3.0]: https://example.com\n'

  test('gives the part of the changelog', () => {
    expect(notesOf('v1.4.0', { changelog, version: '1.4.0' })).toBe('### Added\n\n- A thing.')
  })

  test.each([
    ['v1.4.0', '1.3.0', 'package.json has version 1.3.0'],
    ['v1.5.0', '1.5.0', 'has no part'],
    ['v1.3.0', '1.3.0', 'says nothing of 1.3.0']
  ])('throws where %s cannot be released with version %s', (release, version, message) => {
    expect(() => notesOf(release, { changelog, version })).toThrow(message)
  })
})
