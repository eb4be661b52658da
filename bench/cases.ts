/** The cases that are measured. */
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type Image, image, indexOf } from '../testing/images.ts'
import { DELAY } from './place.ts'

/** A kind of work, done by every program that can. */
export interface Case {
  readonly name: string
  /** Where: on this machine, 50 ms away, within a registry, from one registry to another, between two that are 50 ms away. */
  readonly kind: 'near' | 'far' | 'mount' | 'copy' | 'far copy'
  /** For each image. */
  readonly tags: number
  /** How many images get them, each in its own repository; one by default. */
  readonly images?: number
  /** Whether the tags already point to the image. */
  readonly isRight?: boolean
  /** The fewest seconds that the protocol allows: sequential round trips times the delay. */
  readonly limit?: number
  /** The fraction of the runs that is enough, because they are long. */
  readonly share?: number
  image(): Image
}

// connect, TLS, 401; connect to the token server, TLS, token; manifest and tags; the uploads.
const ROUND_TRIPS = 8

const small = (): Image => indexOf(['linux/amd64', 'linux/arm64'].map(platform => image({ platform })))

function layersOf(count: number, size: number): Uint8Array[] {
  // Compressed, or skopeo would compress them; and random, as incompressible as real layers are.
  return Array.from({ length: count }, () => gzipSync(randomBytes(size), { level: 0 }))
}

function tagging(kind: 'near' | 'far', tags: number, isRight: boolean): Case {
  const roundTrips = isRight ? ROUND_TRIPS - 1 : ROUND_TRIPS
  const what = `${tags.toString()} ${tags === 1 ? 'tag' : 'tags'}${isRight ? ', all right' : ''}`
  return {
    name: `${kind}: ${what}`,
    kind,
    tags,
    isRight,
    ...(kind === 'far' && { limit: (roundTrips * DELAY) / 1000 }),
    image: small
  }
}

const MEBIBYTE = 1024 * 1024

function farCopy(layers: number, size: number, what: string): Case {
  return {
    name: `far, to another registry: two platforms of ${layers.toString()} layers of ${what}`,
    kind: 'far copy',
    tags: 1,
    image: () =>
      indexOf(
        ['linux/amd64', 'linux/arm64'].map(platform => image({ platform, layers: layersOf(layers, size) }))
      )
  }
}

/** All cases, in the order of the table. */
export const cases: readonly Case[] = [
  ...[1, 5, 20].map(tags => tagging('near', tags, false)),
  tagging('near', 20, true),
  { ...tagging('near', 500, false), share: 1 / 3 },
  ...[1, 5, 20].map(tags => tagging('far', tags, false)),
  ...[1, 20].map(tags => tagging('far', tags, true)),
  { ...tagging('far', 2, false), name: 'far: 20 images with 2 tags each', images: 20 },
  { ...tagging('far', 2, false), name: 'far: 200 images with 2 tags each', images: 200, share: 1 / 3 },
  {
    name: 'to another repository: 8 layers of 1 MiB',
    kind: 'mount',
    tags: 1,
    image: () => image({ layers: layersOf(8, MEBIBYTE) })
  },
  {
    name: 'to another registry: 8 layers of 1 MiB',
    kind: 'copy',
    tags: 1,
    image: () => image({ layers: layersOf(8, MEBIBYTE) })
  },
  {
    name: 'to another registry: 200 layers of 20 kB',
    kind: 'copy',
    tags: 1,
    share: 1 / 3,
    image: () => image({ layers: layersOf(200, 20_000) })
  },
  {
    name: 'to another registry: 1 GiB in 8 layers',
    kind: 'copy',
    tags: 1,
    share: 1 / 3,
    image: () => image({ layers: layersOf(8, 128 * MEBIBYTE) })
  },
  farCopy(12, 200_000, '200 kB'),
  farCopy(40, 50_000, '50 kB'),
  farCopy(3, 20_000_000, '20 MB')
]
