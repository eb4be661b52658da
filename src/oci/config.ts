/** The config of an image: the small blob that tells its platform, its labels and when it was created. */
import { type Digest, isDigest } from './digest.ts'
import { digestOf } from './digester.ts'
import { type VersionMetadata, versionMetadata, statedMetadata } from './annotations.ts'
import { PromotionError } from './errors.ts'
import { isObject, parseJson } from './json.ts'
import type { Manifest } from './manifest.ts'
import { type Platform, readPlatform } from './platform.ts'

/** The largest config that is read: as much as containers/image reads. */
export const MAXIMUM_CONFIG_BYTES = 4 * 1024 * 1024

/** What a config says, as far as Retag asks. */
export interface ImageConfig {
  readonly platform?: Platform
  readonly metadata: VersionMetadata
}

// The config of an artifact may hold anything; these two are an image's.
const configTypes: readonly unknown[] = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json'
]

/** Finds the digest of an image's config; undefined for indexes and for artifacts, which have none that could be understood. */
export function configOf({ content }: Manifest): Digest | undefined {
  const { mediaType, digest } = asObject(content.config)
  return configTypes.includes(mediaType) && typeof digest === 'string' && isDigest(digest)
    ? digest
    : undefined
}

/** Reads a config. Throws `DIGEST_MISMATCH` when the bytes are not those asked for, `MANIFEST_UNSUPPORTED` when they are no JSON. */
export function readConfig(bytes: Uint8Array, asked: Digest): ImageConfig {
  const found = digestOf(bytes, asked)
  if (found !== asked) {
    throw new PromotionError(
      'DIGEST_MISMATCH',
      `asked for the config ${asked}, the registry answered with ${found}`,
      {
        advice: 'Nothing was tagged. Something between the build and here changed the image; find out what.'
      }
    )
  }
  const config = parse(bytes)
  const platform = readPlatform(config)
  const stated = statedMetadata(asObject(config.config).Labels)
  const created = typeof config.created === 'string' ? config.created : undefined
  return {
    ...(platform !== undefined && { platform }),
    metadata: versionMetadata(stated.version, stated.created ?? created)
  }
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  try {
    return asObject(parseJson(bytes))
  } catch {
    throw new PromotionError('MANIFEST_UNSUPPORTED', "the image's config is not JSON", {
      advice: 'Push the image again with a current builder.'
    })
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}
