/** Finds a program on the `PATH`, as the system would, but never in the working directory: a checkout may contain anything. */
import { access, constants, stat } from 'node:fs/promises'
import { posix, win32 } from 'node:path'

/** Where programs are looked for. */
export interface SearchOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  /** Tells whether a path names an executable file; false if that cannot be determined. */
  readonly isProgram: (path: string) => Promise<boolean>
}

/** A program's absolute path, or why there is none. */
export type FoundProgram = { readonly path: string } | { readonly reason: string }

// Node starts .bat and .cmd files only through a shell, which parses arguments its own way (CVE-2024-27980).
const STARTED = ['.exe', '.com']
const REFUSED = ['.cmd', '.bat']

/** Finds a program by name; a path is used unchanged. Relative folders of `PATH` are ignored. */
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

/** Tells whether a path names a file that this user may execute. */
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
