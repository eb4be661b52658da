/**
 * What two parsers may read differently in one manifest. JSON does not define duplicate names, and Go's decoder, which Docker,
 * containerd and most registries use, takes `Layers` for `layers`: one program could check an image and another run a different
 * one (compare CVE-2021-41190).
 */
import { endOfString } from './json.ts'
import { printable } from './printable.ts'

type Spellings = ReadonlyMap<string, string>

// The fields that clients act on: of a manifest, and of its parts.
const fields = spellingsOf([
  ...['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'manifests', 'blobs', 'subject'],
  ...['annotations', 'fsLayers', 'history', 'signatures']
])
const partFields = spellingsOf([
  ...['mediaType', 'artifactType', 'digest', 'size', 'urls', 'data', 'annotations'],
  ...['platform', 'os', 'architecture', 'variant']
])
const parts: readonly string[] = ['config', 'layers', 'manifests', 'blobs', 'subject', 'platform']

/** An object or list whose end has not been reached. */
interface Open {
  readonly names: Set<string>
  /** Names that the specification has for it; undefined for annotations and extensions, whose names are free. */
  readonly spellings: Spellings | undefined
  /** The name that was read last. */
  last: string
}

/**
 * Tells what can be read in two ways in a manifest, which is known to be JSON: a duplicate name in one object, or one
 * that differs from the specification's in letter case alone; undefined when there is no such name.
 */
export function objectionTo(json: string): string | undefined {
  const open: Open[] = []
  for (let at = 0; at < json.length; at++) {
    const inner = open.at(-1)
    const char = json.charAt(at)
    if ('{['.includes(char)) open.push(opened(char === '{', inner))
    else if ('}]'.includes(char)) open.pop()
    else if (char === '"') {
      const end = endOfString(json, at)
      const objection = inner && isName(json, end) ? objectionToName(json.slice(at, end), inner) : undefined
      if (objection !== undefined) return objection
      at = end - 1
    }
  }
  return undefined
}

function objectionToName(quoted: string, object: Open): string | undefined {
  const name = JSON.parse(quoted) as string
  if (object.names.has(name)) return `it says "${printable(name)}" twice`
  if ((object.spellings?.get(folded(name)) ?? name) !== name)
    return `it says "${printable(name)}" in an unusual letter case`
  object.names.add(name)
  object.last = name
  return undefined
}

function opened(isObject: boolean, parent: Open | undefined): Open {
  const { spellings, last } = parent ?? { spellings: fields, last: '' }
  const own = parts.includes(last) ? spellings && partFields : undefined
  return { names: new Set(), spellings: isObject && parent ? own : spellings, last }
}

function spellingsOf(names: readonly string[]): Spellings {
  return new Map(names.map(name => [folded(name), name]))
}

/** Folds a name as Go's decoder does: it takes a long s for an s and a Kelvin sign for a k. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/** Tells whether a string that ends here is the name of a field. */
function isName(json: string, end: number): boolean {
  let at = end
  while (/\s/.test(json.charAt(at))) at++
  return json[at] === ':'
}
