/** Finds a program by `PATH`, as the system would, but never in the working directory: a checkout may hold anything. */
import { access, constants, stat } from 'node:fs/promises'
import { posix, win32 } from 'node:path'

/** Where programs are looked for. */
export interface SearchOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  /** Tells whether a path names a file that can be run; false where it cannot be looked at. */
  readonly isProgram: (path: string) => Promise<boolean>
}

/** A program's absolute path, or in a few words why there is none. */
export type FoundProgram = { readonly path: string } | { readonly reason: string }

// Node starts .bat and .cmd only by a shell, which reads their arguments in a way of its own (CVE-2024-27980).
const STARTED = ['.exe', '.com']
const REFUSED = ['.cmd', '.bat']

/** Finds a program by its name; a path is taken as it is. Folders of `PATH` that are not absolute are ignored. */
export async function findProgram(name: string, options: SearchOptions): Promise<FoundProgram> {
  const isWindows = options.platform === 'win32'
  const path = isWindows ? win32 : posix
  if (path.isAbsolute(name)) return { path: name }
  const folders = pathOf(options)
    .split(path.delimiter)
    .map(folder => folder.replaceAll('"', ''))
    .filter(folder => path.isAbsolute(folder))
  const find = async (endings: readonly string[]): Promise<string | undefined> => {
    for (const folder of folders)
      for (const ending of endings) {
        const file = path.join(folder, `${name}${ending}`)
        if (await options.isProgram(file)) return file
      }
    return undefined
  }
  const program = await find(isWindows ? STARTED : [''])
  if (program !== undefined) return { path: program }
  const script = isWindows ? await find(REFUSED) : undefined
  return {
    reason:
      script === undefined
        ? 'there is no such program on the PATH'
        : 'it is a .cmd or .bat file, which Retag does not run; install it as an .exe'
  }
}

/** Tells whether a path names a file that this user can run. */
export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/** Reads `PATH`; Windows calls it `Path`, in any letter case. */
function pathOf({ env, platform }: SearchOptions): string {
  if (platform !== 'win32') return env.PATH ?? ''
  return Object.entries(env).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? ''
}
