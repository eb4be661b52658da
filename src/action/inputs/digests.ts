/** Reads the input `digests`: a folder whose file names are digests, as Docker's recipe for distributed builds leaves them. */
import { type Digest, isDigest } from '../../oci/digest.ts'
import type { PromotionError } from '../../oci/errors.ts'
import { listFirst } from '../../oci/listing.ts'
import { printable } from '../../oci/printable.ts'
import { MAXIMUM_PARTS } from '../../promotion/source.ts'
import type { Folder, FolderEntry, ListFolder } from './folder.ts'
import { wrong } from './mistakes.ts'

const MAXIMUM_NAMED = 3

/** Gives the digests that the files of the folder at a path name, sorted, each once. Throws the mistake. */
export function digestsIn(path: string, list: ListFolder): [Digest, ...Digest[]] {
  const shown = `"${printable(path)}"`
  if (/sha(?:256|512):[0-9a-f]{8}/i.test(path))
    throw wrong(`${shown} is not the path of a folder`, 'Write the digests in source, one a line.')
  const folder = list(path, MAXIMUM_PARTS + 1)
  if (folder.kind !== 'folder') throw noFolder(folder, shown)
  const { entries } = folder
  const subfolder = entries.find(({ isFolder }) => isFolder)
  if (subfolder) {
    throw wrong(
      `${shown} holds a folder, "${printable(subfolder.name)}"`,
      'With merge-multiple: true, actions/download-artifact puts the files of all artifacts into one folder.'
    )
  }
  if (entries.length > MAXIMUM_PARTS) {
    throw wrong(
      `${shown} holds more than ${MAXIMUM_PARTS.toString()} files`,
      'Each is a part of one index. Give the folder of one image.'
    )
  }
  const strays = entries.filter(({ name }) => digestOf(name) === undefined)
  if (strays.length > 0) throw noDigests(strays, shown)
  const [first, ...others] = [...new Set(entries.flatMap(({ name }) => digestOf(name) ?? []))].sort()
  if (first !== undefined) return [first, ...others]
  throw wrong(
    `${shown} is empty`,
    'The builds left no digest there: look at the pattern and path of actions/download-artifact, and at what the builds upload.'
  )
}

function digestOf(name: string): Digest | undefined {
  return [name, `sha256:${name}`].find(isDigest)
}

function noFolder({ kind, ...folder }: Exclude<Folder, { kind: 'folder' }>, shown: string): PromotionError {
  if (kind === 'file')
    return wrong(`${shown} is a file`, 'Give the folder that holds a file for each digest.')
  if (kind === 'missing') {
    return wrong(
      `there is no folder ${shown}`,
      'Give the path that actions/download-artifact wrote to, without a wildcard; a relative one begins at the workspace.'
    )
  }
  const reason = 'reason' in folder ? folder.reason : ''
  return wrong(`${shown} cannot be read (${reason})`, 'Let the user of the job read the folder.')
}

function noDigests(strays: readonly FolderEntry[], shown: string): PromotionError {
  const names = strays.map(({ name }) => `"${printable(name)}"`)
  return wrong(
    `${shown} holds files whose names are no digests: ${listFirst(names, MAXIMUM_NAMED)}`,
    'The name of each file, hidden ones too, is a digest: 64 hexadecimal digits in lower case, with or without sha256: before them.'
  )
}
