/** What a job leaves behind for the action: a home with login files, and programs on the PATH. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

/** A job's home. */
export interface Job {
  /** The environment that makes the action find it. */
  readonly env: Readonly<Record<string, string>>
  /** How often each server was asked of a helper, in order. */
  asked(): Promise<string[]>
  remove(): Promise<void>
}

/** Makes a home with files by their path in it; what is no text is written as JSON. A helper is a shell script. */
export async function makeJob(
  files: Readonly<Record<string, unknown>>,
  helpers: Readonly<Record<string, string>> = {}
): Promise<Job> {
  const home = await mkdtemp(join(tmpdir(), 'retag-job-'))
  const bin = join(home, 'bin')
  const log = join(home, 'asked')
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  for (const [path, content] of Object.entries(files))
    await write(join(home, path), typeof content === 'string' ? content : JSON.stringify(content))
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(bin, `docker-credential-${name}`)
    await write(path, `#!/bin/sh\nread -r server\necho "$1 $server" >>'${log}'\n${script}\n`)
    await chmod(path, 0o755)
  }
  await write(log, '')
  const PATH = `${bin}${delimiter}${process.env.PATH ?? ''}`
  return {
    env: { PATH, HOME: home, USERPROFILE: home },
    asked: async () => (await readFile(log, 'utf8')).split('\n').filter(line => line !== ''),
    remove: () => rm(home, { recursive: true, force: true })
  }
}

/** Makes an entry of a login file. */
export function entry(username: string, password: string): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') }
}

/** Leaves out the commands that have the runner hide a secret: all else is what people can see. */
export function visible(log: string): string {
  return log.replaceAll(/^::add-mask::.*$/gm, '')
}

/** Lists what the runner is told to hide. */
export function masks(log: string): string[] {
  return [...log.matchAll(/^::add-mask::(.*)$/gm)].map(([, secret = '']) => secret)
}
