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
 * Tells why a manifest, which is known to be JSON, is refused: a name stands twice in one object, or is one of the
 * specification's but for its letter case, or there is no end to its depth; undefined when there is nothing against it.
 */
export function objectionTo(json: string): string | undefined {
  const open: Open[] = []
  for (let at = 0; at < json.length; at++) {
    const inner = open.at(-1)
    if (json[at] === '{' || json[at] === '[') open.push(opened(json[at] === '{', inner))
    else if (json[at] === '}' || json[at] === ']') open.pop()
    else if (json[at] === '"') {
      const start = at
      at = endOfString(json, start)
      if (inner === undefined || !isName(json, at + 1)) continue
      const name = JSON.parse(json.slice(start, at + 1)) as string
      if (inner.names.has(name)) return `it says "${printable(name)}" twice`
      if (inner.isSpecified && isVariant(name))
        return `it says "${printable(name)}" in an unusual letter case`
      inner.names.add(name)
      inner.last = name
    }
    if (open.length > MAXIMUM_DEPTH) return `it is more than ${MAXIMUM_DEPTH.toString()} levels deep`
  }
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

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}

/** Tells whether a string that ends before here is the name of a field. */
function isName(json: string, after: number): boolean {
  let at = after
  while (/\s/.test(json[at] ?? '')) at++
  return json[at] === ':'
}
