/** Computes digests. Apart from digest.ts, because `node:crypto` takes long to load. */
import { createHash } from 'node:crypto'
import { type Digest, isDigest } from './digest.ts'

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

function algorithmOf(digest: Digest | undefined): 'sha256' | 'sha512' {
  return digest?.startsWith('sha512:') ? 'sha512' : 'sha256'
}
