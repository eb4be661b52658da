/** The fields of manifests that are read. A parsed manifest can take forty times its size in memory, and a run holds many. */
import { isObject } from './json.ts'

/** Names the fields that are kept, with those inside each; a field that has none inside holds no more than a text or number. */
interface Fields {
  readonly [name: string]: Fields
}

const value: Fields = {}
const descriptor: Fields = {
  mediaType: value,
  digest: value,
  size: value,
  platform: { os: value, architecture: value, variant: value },
  annotations: { 'vnd.docker.reference.type': value, 'vnd.docker.reference.digest': value }
}
const manifest: Fields = {
  config: descriptor,
  layers: descriptor,
  blobs: descriptor,
  manifests: descriptor,
  subject: descriptor,
  annotations: { 'org.opencontainers.image.version': value, 'org.opencontainers.image.created': value }
}

/**
 * Keeps of a parsed manifest the fields that are read: its descriptors and four annotations. In a list, null takes the place of
 * what has none of a descriptor's fields.
 */
export function readFieldsOf(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return pick(content, manifest)
}

function pick(object: Readonly<Record<string, unknown>>, fields: Fields): Record<string, unknown> {
  const picked: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(fields))
    if (Object.hasOwn(object, name)) picked[name] = keep(object[name], inner)
  return picked
}

function keep(found: unknown, fields: Fields): unknown {
  if (Array.isArray(found)) return fields === descriptor ? found.map(keepDescriptor) : null
  if (isObject(found)) return fields === value ? null : pick(found, fields)
  return found
}

function keepDescriptor(found: unknown): unknown {
  const picked = isObject(found) ? pick(found, descriptor) : {}
  return Object.keys(picked).length > 0 ? picked : null
}
