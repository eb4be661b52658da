/**
 * What the release workflow does beyond git and gh:
 *
 *     npx tsx release/main.ts notes v1.4.0    prints the changelog's part; fails when the release is not what package.json says
 *     npx tsx release/main.ts major v1.4.0    points v1 at v1.4.0 in origin, forward only
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { moveMajorTag } from './move-major-tag.ts'
import { notesOf } from './notes.ts'

const root = join(import.meta.dirname, '..')
const [command, release = ''] = process.argv.slice(2)

async function git(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', [...args], { cwd: root })
  return stdout
}

async function notes(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  return notesOf(release, { changelog: await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version })
}

async function major(): Promise<string> {
  const { kind, name, reason } = await moveMajorTag(git, release)
  return `${name}: ${kind} (${reason})`
}

const commands: Readonly<Record<string, () => Promise<string>>> = { notes, major }
const run = commands[command ?? '']
if (run === undefined) throw new Error('release/main.ts notes|major vMAJOR.MINOR.PATCH')
console.log(await run())
