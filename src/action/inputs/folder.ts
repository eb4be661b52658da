/** Lists a folder for the input `digests`. No file is read. */
import { opendirSync } from 'node:fs'

/** What is at a path. */
export type Folder =
  | { readonly kind: 'folder'; readonly entries: readonly FolderEntry[] }
  /** `reason` is the system's code of the error. */
  | { readonly kind: 'missing' | 'file' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** An entry of a folder. */
export interface FolderEntry {
  readonly name: string
  readonly isFolder: boolean
}

/** Lists at most so many entries of the folder at a path. */
export type ListFolder = (path: string, most: number) => Folder

/** Lists a folder of this machine; a relative path begins at the working directory, which is the workspace of the job. */
export const listFolder: ListFolder = (path, most) => {
  try {
    return { kind: 'folder', entries: entriesOf(path, most) }
  } catch (error) {
    const reason = String((error as NodeJS.ErrnoException).code)
    if (reason === 'ENOENT') return { kind: 'missing' }
    return reason === 'ENOTDIR' ? { kind: 'file' } : { kind: 'unreadable', reason }
  }
}

function entriesOf(path: string, most: number): FolderEntry[] {
  const folder = opendirSync(path)
  try {
    const entries: FolderEntry[] = []
    for (let entry = folder.readSync(); entry && entries.length < most; entry = folder.readSync())
      entries.push({ name: entry.name, isFolder: entry.isDirectory() })
    return entries
  } finally {
    folder.closeSync()
  }
}
