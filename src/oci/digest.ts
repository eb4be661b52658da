/** Content digests: parsing, computing, shortening. Two digests are equal when `===` says so. */
import { createHash } from 'node:crypto'
import { PromotionError } from './errors.ts'
import { printable } from './printable.ts'

/** A content digest, `sha256:` or `sha512:` and lower-case hex (OCI image specification, descriptor.md). */
export type Digest = string & { readonly __brand: 'Digest' }

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

/** Computes the digest of some bytes, with the algorithm of `like` (sha256 when there is none). */
export function digestOf(bytes: Uint8Array, like?: Digest): Digest {
  const algorithm = algorithmOf(like)
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest
}

/** Computes a digest incrementally, so that the content need not be held in memory. */
export interface Hasher {
  update(bytes: Uint8Array): void
  /** Gives the digest of all pieces; to be called once, after the last. */
  digest(): Digest
}

/** Begins to compute a digest, with the algorithm of `like`. */
export function hasherLike(like: Digest): Hasher {
  const algorithm = algorithmOf(like)
  const hash = createHash(algorithm)
  return {
    update: bytes => {
      hash.update(bytes)
    },
    digest: () => `${algorithm}:${hash.digest('hex')}` as Digest
  }
}

/** Tells whether a text is a digest of some bytes, by whichever algorithm it names. */
export function isDigestOf(bytes: Uint8Array, text: string): text is Digest {
  return isDigest(text) && digestOf(bytes, text) === text
}

/** Shortens a digest to its algorithm and twelve hexadecimal digits, for people to read. */
export function shortDigest(digest: Digest): string {
  const [algorithm = '', hex = ''] = digest.split(':')
  return `${algorithm}:${hex.slice(0, 12)}`
}

function algorithmOf(digest: Digest | undefined): 'sha256' | 'sha512' {
  return digest?.startsWith('sha512:') ? 'sha512' : 'sha256'
}
