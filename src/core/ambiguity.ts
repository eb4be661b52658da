/**
 * What two readers of one manifest may read differently. JSON says nothing of a name that stands twice, and Go's decoder, with
 * which Docker, containerd and most registries read, takes `Layers` for `layers`: whoever looks at the one and runs the other
 * has looked at nothing (in the manner of CVE-2021-41190).
 */
import { printable } from './printable.ts'

// The fields that anybody acts on, and those of them that hold objects with such fields.
const fields: readonly string[] = [
  ...['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'manifests', 'blobs', 'subject'],
  ...['annotations', 'fsLayers', 'history', 'signatures', 'digest', 'size', 'urls', 'data', 'platform'],
  ...['os', 'architecture', 'variant']
]
const holders: readonly string[] = ['config', 'layers', 'manifests', 'blobs', 'subject', 'platform']
const spellings: ReadonlyMap<string, string> = new Map(fields.map(field => [folded(field), field]))

/** Into how many lists and objects something may lie: what calls itself for each of them must come back. */
const MAXIMUM_DEPTH = 64

/** An object or list whose end has not been reached. */
interface Open {
  readonly names: Set<string>
  /** Whether names in it are the specification's: those of annotations and extensions are anybody's. */
  readonly isSpecified: boolean
  /** The name that was read last. */
  last: string
}

/**
 * Tells why a manifest is refused before it is parsed: a name stands twice in one object, or is one of the specification's but
 * for its letter case, or there is no end to its depth; undefined when there is nothing against it. Throws `SyntaxError` for some
 * of what is no JSON.
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
    if (open.length > MAXIMUM_DEPTH) return `it is more than ${MAXIMUM_DEPTH.toString()} levels deep`
  }
  return undefined
}

function objectionToName(quoted: string, object: Open): string | undefined {
  const name = JSON.parse(quoted) as string
  if (object.names.has(name)) return `it says "${printable(name)}" twice`
  if (object.isSpecified && isVariant(name)) return `it says "${printable(name)}" in an unusual letter case`
  object.names.add(name)
  object.last = name
  return undefined
}

function opened(isObject: boolean, parent: Open | undefined): Open {
  const { isSpecified, last } = parent ?? { isSpecified: true, last: '' }
  const isHeld = parent === undefined || !isObject || holders.includes(last)
  return { names: new Set(), isSpecified: isSpecified && isHeld, last }
}

function isVariant(name: string): boolean {
  return (spellings.get(folded(name)) ?? name) !== name
}

/** Folds a name as Go's decoder does: it takes a long s for an s and a Kelvin sign for a k. */
function folded(name: string): string {
  return name.toUpperCase().toLowerCase()
}

/** Finds what comes after the string that begins here. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

/** Tells whether a string that ends here is the name of a field. */
function isName(json: string, end: number): boolean {
  let at = end
  while (/\s/.test(json[at] ?? '')) at++
  return json[at] === ':'
}
