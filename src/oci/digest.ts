/** Content digests: parsing and shortening. Two digests are equal when `===` says so. */
import { PromotionError } from './errors.ts'
import { printable } from './printable.ts'

/** A content digest, `sha256:` or `sha512:` and lower-case hex (OCI image specification, descriptor.md). */
export type Digest = string & { readonly __brand: 'Digest' }

const SHOWN_HEX = 12
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/

/** Tells whether a text is a digest. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** Reads a digest; throws `REFERENCE_INVALID` for anything else. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new PromotionError('REFERENCE_INVALID', `"${printable(text)}" is not a digest`, {
    advice: 'A digest is sha256: and 64 hexadecimal digits in lower case (or sha512: and 128).'
  })
}

/** Shortens a digest to its algorithm and twelve hexadecimal digits, for people to read. */
export function shortDigest(digest: Digest): string {
  return digest.slice(0, digest.indexOf(':') + 1 + SHOWN_HEX)
}
