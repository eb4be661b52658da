/** Finds the real registry: installed, else Debian's package unpacked without root, else Docker. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const PACKAGE = 'docker-registry'
const IMAGE = 'registry:2'
const DOCKER = 'docker:'
const cache = join(import.meta.dirname, '..', '.cache', 'registry')
const run = promisify(execFile)

/**
 * Finds distribution: the path of its binary, or `docker:IMAGE`. RETAG_TEST_REGISTRY, which may be either, takes precedence. Throws
 * an error that says what to install if there is none.
 */
export async function findDistribution(): Promise<string> {
  const named = process.env.RETAG_TEST_REGISTRY
  if (named !== undefined && named !== '') return requireDistribution(named)
  const failures: string[] = []
  for (const find of [findInstalled, unpackPackage, findImage]) {
    try {
      return await find()
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(
    'The tests run against a real registry, distribution 2.8, and there is none here. Install it (on Debian and Ubuntu ' +
      `apt-get install ${PACKAGE}), or start Docker, or set RETAG_TEST_REGISTRY to its path. What was tried:\n` +
      failures.map(failure => `- ${failure.trim()}`).join('\n')
  )
}

/** The image of a `docker:IMAGE`; undefined for the path of a binary. */
export function imageOf(command: string): string | undefined {
  return command.startsWith(DOCKER) ? command.slice(DOCKER.length) : undefined
}

/** Returns the command if it is distribution 2; throws otherwise: version 3 does not accept schema-1 images, which the tests push. */
async function requireDistribution(command: string): Promise<string> {
  const image = imageOf(command)
  const { stdout } = await (image === undefined
    ? run(command, ['--version'])
    : run('docker', ['run', '--rm', image, '--version']))
  if (/distribution v?2\./.test(stdout)) return command
  throw new Error(`${command} is not distribution 2: it says "${stdout.trim()}"`)
}

async function findInstalled(): Promise<string> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = ['docker-registry', 'registry'].flatMap(name => folders.map(folder => join(folder, name)))
  let failure = new Error('neither docker-registry nor registry is on PATH')
  for (const path of paths.filter(existsSync)) {
    try {
      return await requireDistribution(path)
    } catch (error) {
      failure = error as Error
    }
  }
  throw failure
}

async function unpackPackage(): Promise<string> {
  const binary = join(cache, 'docker-registry')
  if (existsSync(binary)) return requireDistribution(binary)
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'unpack-'))
  try {
    await download(folder)
    const archive = (await readdir(folder)).find(name => name.endsWith('.deb')) ?? ''
    await run('dpkg-deb', ['--extract', archive, '.'], { cwd: folder })
    // Renamed at the end, so that another run never finds an incomplete file.
    await rename(join(folder, 'usr', 'bin', 'docker-registry'), binary)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return requireDistribution(binary)
}

/** Downloads the package to a folder, with this machine's package lists if it has any, else with lists of our own. */
async function download(folder: string): Promise<void> {
  try {
    await run('apt-get', ['download', PACKAGE], { cwd: folder })
  } catch {
    const lists = join(folder, 'lists')
    const archives = join(folder, 'cache', 'archives')
    for (const directory of [lists, archives]) await mkdir(join(directory, 'partial'), { recursive: true })
    const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${join(folder, 'cache')}`]
    await run('apt-get', [...own, 'update'])
    await run('apt-get', [...own, 'download', PACKAGE], { cwd: folder })
  }
}

async function findImage(): Promise<string> {
  return requireDistribution(`${DOCKER}${IMAGE}`)
}
