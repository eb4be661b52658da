/** Platforms, `os/architecture[/variant]`, and which of those required an image lacks. */
import { PromotionError } from './errors.ts'
import { printable } from './printable.ts'

const PLATFORM = /^[a-z0-9_.-]+(?:\/[a-z0-9_.-]+){1,2}$/

// The variant that an architecture has when none is named (image specification, *Variants*; containerd does the same).
const usualVariants: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' }

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
  const more = platforms.length - MAXIMUM_LISTED
  const listed = platforms.slice(0, MAXIMUM_LISTED).join(', ')
  return more > 0 ? `${listed} and ${more.toString()} more` : listed
}

/** Lists the required platforms that are not among the present ones; `arm64` and `arm64/v8` are one, and so on. */
export function missingPlatforms(required: readonly string[], present: readonly string[]): string[] {
  const known = new Set(present.map(withVariant))
  return required.filter(platform => !known.has(withVariant(platform)))
}

function withVariant(platform: string): string {
  const [os = '', architecture = '', variant = usualVariants[architecture] ?? ''] = platform.split('/')
  return `${os}/${architecture}/${variant}`
}
