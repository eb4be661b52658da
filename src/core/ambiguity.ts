/**
 * What two readers of one manifest may read differently. JSON says nothing of a name that stands twice, and Go's decoder, with
 * which Docker, containerd and most registries read, takes `Layers` for `layers`: whoever looks at the one and runs the other
 * has looked at nothing (in the manner of CVE-2021-41190).
 */

// The fields that anybody acts on, and those of them that hold objects with such fields.
const fields: readonly string[] = [
  ...['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'manifests', 'blobs', 'subject'],
  ...['annotations', 'fsLayers', 'history', 'signatures', 'digest', 'size', 'urls', 'data', 'platform'],
  ...['os', 'architecture', 'variant']
]
const holders: readonly string[] = ['config', 'layers', 'manifests', 'blobs', 'subject', 'platform']
const spellings: ReadonlyMap<string, string> = new Map(fields.map(field => [folded(field), field]))

/** An object whose end has not been reached. */
interface OpenObject {
  readonly names: Set<string>
  /** Whether its names are the specification's: those of annotations and extensions are anybody's. */
  readonly isSpecified: boolean
  /** The name that was read last. */
  last: string
}

/**
 * Finds a name in a manifest, which is known to be JSON, that stands twice in one object, or is one of the specification's but
 * for its letter case; undefined when there is none.
 */
export function ambiguousName(json: string): string | undefined {
  const open: OpenObject[] = []
  for (let at = 0; at < json.length; at++) {
    const object = open.at(-1)
    if (json[at] === '{') open.push({ names: new Set(), isSpecified: holdsSpecified(object), last: '' })
    else if (json[at] === '}') open.pop()
    else if (json[at] === '"') {
      const start = at
      at = endOfString(json, start)
      if (object === undefined || !isName(json, at + 1)) continue
      const name = JSON.parse(json.slice(start, at + 1)) as string
      if (object.names.has(name) || (object.isSpecified && isVariant(name))) return name
      object.names.add(name)
      object.last = name
    }
  }
  return undefined
}

function holdsSpecified(parent: OpenObject | undefined): boolean {
  return parent === undefined || (parent.isSpecified && holders.includes(parent.last))
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
