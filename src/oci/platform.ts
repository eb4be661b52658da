/** Platforms, `os/architecture[/variant]`: reading, comparing, and which of those required an image lacks. */
import { PromotionError } from './errors.ts'
import { isObject } from './json.ts'
import { listFirst } from './listing.ts'
import { printable } from './printable.ts'

const PLATFORM = /^[a-z0-9_.-]+(?:\/[a-z0-9_.-]+){1,2}$/

// The variant that an architecture has when none is named (image specification, *Variants*; containerd does the same).
const usualVariants: ReadonlyMap<string, string> = new Map([
  ['arm64', 'v8'],
  ['arm', 'v7'],
  ['amd64', 'v1']
])

/** What a config or a descriptor states of its platform (image specification, image-index.md), in Go's order of the fields. */
export interface Platform {
  readonly architecture: string
  readonly os: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
  readonly variant?: string
}

/**
 * Reads what a config or a descriptor states of its platform; undefined where that is nothing, or `unknown`, as attestations say.
 * An optional field that is empty or of the wrong type counts as not stated.
 */
export function readPlatform(value: unknown): Platform | undefined {
  if (!isObject(value)) return undefined
  const { os, architecture, variant, 'os.version': version, 'os.features': features } = value
  if (!isText(os) || !isText(architecture) || os === 'unknown') return undefined
  return {
    architecture,
    os,
    ...(isText(version) && { 'os.version': version }),
    ...(Array.isArray(features) && features.length > 0 && features.every(isText)
      ? { 'os.features': features }
      : {}),
    ...(isText(variant) && { variant })
  }
}

/** Prints what an index or a config states of a platform, as `os/architecture[/variant]`; undefined when that is nothing. */
export function formatPlatform(value: unknown): string | undefined {
  const platform = readPlatform(value)
  return platform && platformName(platform)
}

/** Prints a platform as `os/architecture[/variant]`. */
export function platformName({ os, architecture, variant }: Platform): string {
  return printable([os, architecture, ...(variant === undefined ? [] : [variant])].join('/'))
}

/** Gives a text that is the same for platforms which are one: letter case, a usual variant and the order of features do not count. */
export function platformKey(platform: Platform): string {
  const { 'os.version': version = '', 'os.features': features = [] } = platform
  const [os, architecture] = [platform.os.toLowerCase(), platform.architecture.toLowerCase()]
  const variant = platform.variant?.toLowerCase() ?? usualVariants.get(architecture) ?? ''
  return JSON.stringify([os, architecture, variant, version, [...features].sort()])
}

/** Reads a platform in any letter case; throws `INPUT_INVALID`. */
export function parsePlatform(text: string): string {
  const platform = text.toLowerCase()
  if (PLATFORM.test(platform)) return platform
  throw new PromotionError('INPUT_INVALID', `"${printable(text)}" is not a platform`, {
    advice: 'Write operating system and architecture, as in linux/amd64 or linux/arm/v6.'
  })
}

/** The most platforms that a message lists. */
const MAXIMUM_LISTED = 20

/** Lists platforms in a message: the first twenty, and how many more there are, for an index may name thousands. */
export function listPlatforms(platforms: readonly string[]): string {
  return listFirst(platforms, MAXIMUM_LISTED)
}

/** Lists the required platforms that are not among the present ones; `arm64` and `arm64/v8` are one, and so on. */
export function missingPlatforms(required: readonly string[], present: readonly string[]): string[] {
  const known = new Set(present.map(withVariant))
  return required.filter(platform => !known.has(withVariant(platform)))
}

function withVariant(platform: string): string {
  const architecture = platform.slice(platform.indexOf('/') + 1)
  return architecture.includes('/') ? platform : `${platform}/${usualVariants.get(architecture) ?? ''}`
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
