/** The JSON of an index that is made here. */
import { PromotionError } from './errors.ts'
import { isObject, parseJson } from './json.ts'
import { MAXIMUM_MANIFEST_BYTES } from './manifest.ts'

/** The order of Go's types for the image specification; fields that these do not have come after them, by name. */
const index = ['schemaVersion', 'mediaType', 'manifests', 'annotations']
const descriptor = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'platform', 'artifactType']
const platform = ['architecture', 'os', 'os.version', 'os.features', 'variant']

/**
 * Writes an index as `docker buildx imagetools create` does: two spaces, Go's order of fields and Go's escapes. Throws
 * `MANIFEST_UNSUPPORTED` for more than 4 MiB, or more than can be read again.
 */
export function encodeIndex(content: Readonly<Record<string, unknown>>): Uint8Array {
  const json = JSON.stringify(inOrder(content, ''), null, 2).replace(/[<>&\u2028\u2029]/g, escaped)
  const bytes = new TextEncoder().encode(json)
  if (bytes.length > MAXIMUM_MANIFEST_BYTES || !isReadable(json)) throw indexTooLarge()
  return bytes
}

/** The error of an index that is too large to be made. */
export function indexTooLarge(): PromotionError {
  return new PromotionError(
    'MANIFEST_UNSUPPORTED',
    'the index would be larger than 4 MiB, the most that registries agree on',
    { advice: 'No builder makes images near this limit. Check what was pushed.' }
  )
}

function inOrder(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map(item => inOrder(item, name))
  if (!isObject(value)) return value
  const first = name === '' ? index : name === 'manifests' ? descriptor : name === 'platform' ? platform : []
  const rankOf = (field: string): number => (first.includes(field) ? first.indexOf(field) : first.length)
  const fields = Object.keys(value).sort(
    (one, other) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1)
  )
  return Object.fromEntries(fields.map(field => [field, inOrder(value[field], field)]))
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function isReadable(json: string): boolean {
  try {
    parseJson(json)
    return true
  } catch {
    return false
  }
}
