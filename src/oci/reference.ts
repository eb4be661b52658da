/**
 * References to images, as Docker writes them (github.com/distribution/reference):
 *
 *     reference := name [":" tag] ["@" digest]          at least one of the two
 *     name      := [registry "/"] path
 *     path      := component ("/" component)*
 *     component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 *     tag       := [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 *
 *     acme/app:1            docker.io / acme/app     : 1
 *     app:1                 docker.io / library/app  : 1
 *     ghcr.io/acme/app:1    ghcr.io   / acme/app     : 1
 *     localhost:5000/app@…  localhost:5000 / app     @ sha256:…
 *     ghcr.io/acme/app:1@…  the digest decides, the tag is remembered
 *
 * The first part is a registry when it holds a `.` or a `:`, or is `localhost`.
 */
import { type Digest, parseDigest } from './digest.ts'
import { PromotionError } from './errors.ts'
import { printable } from './printable.ts'
import { type Registry, dockerHub, lowered, parseRegistry } from './registry-host.ts'

/** A tag, valid by the grammar above. */
export type Tag = string & { readonly __brand: 'Tag' }

/** A repository in a registry. */
export interface Repository {
  readonly registry: Registry
  /** The name as the registry's API knows it (on Docker Hub with `library/`). */
  readonly name: string
}

/** An image in a repository, by tag, by digest, or by both (then the digest decides). */
export interface Reference {
  readonly repository: Repository
  readonly tag?: Tag
  readonly digest?: Digest
}

/** A tag in a repository: a name that can be pointed at an image. */
export interface Target {
  readonly repository: Repository
  readonly tag: Tag
}

const PATH = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
const MAXIMUM_NAME_LENGTH = 255
const DIGEST_ALGORITHM = /^sha(?:256|512):/i

/** Tells whether a text is a tag. */
export function isTag(text: string): text is Tag {
  return TAG.test(text)
}

/** Reads a tag; throws `REFERENCE_INVALID`. */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text
  throw new PromotionError('REFERENCE_INVALID', `"${printable(text)}" is not a tag`, {
    advice: 'A tag has at most 128 letters, digits, "_", "." and "-", and begins with none of the last two.'
  })
}

/** Reads a repository's name within a registry, in any letter case; throws `REFERENCE_INVALID`. */
export function parseRepository(registry: Registry, text: string): Repository {
  const path = lowered(text)
  const name = registry === dockerHub && !path.includes('/') ? `library/${path}` : path
  if (PATH.test(name) && name.length <= MAXIMUM_NAME_LENGTH) return { registry, name }
  throw new PromotionError('REFERENCE_INVALID', `"${printable(text)}" is not a repository`, {
    advice: `A repository is written as acme/app: letters, digits and single ".", "_", "-" between them, at most ${MAXIMUM_NAME_LENGTH} characters.`
  })
}

/** Tells whether a text is a full reference rather than a bare tag or digest (contract: *Inputs*). */
export function isFullReference(text: string): boolean {
  return /[/@:]/.test(text) && !isBareDigest(text)
}

/** Reads a full reference; throws `REFERENCE_INVALID`. */
export function parseReference(text: string): Reference {
  const [named, digest, ...rest] = text.split('@') as [string, ...string[]]
  const colon = named.lastIndexOf(':')
  const tagged = colon > named.lastIndexOf('/')
  if (rest.length > 0 || (digest === undefined && !tagged)) {
    throw new PromotionError(
      'REFERENCE_INVALID',
      `"${printable(text)}" does not say which image: it has no tag and no digest`,
      {
        advice: 'Add :TAG or @sha256:… to it; Retag never assumes "latest".'
      }
    )
  }
  return {
    repository: parseName(tagged ? named.slice(0, colon) : named),
    ...(tagged ? { tag: parseTag(named.slice(colon + 1)) } : {}),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) })
  }
}

/** Reads a bare tag or digest in a repository, or a full reference; throws `REFERENCE_INVALID`. */
export function parseImage(text: string, home: Repository): Reference {
  if (isFullReference(text)) return parseReference(text)
  return isBareDigest(text)
    ? { repository: home, digest: parseDigest(text) }
    : { repository: home, tag: parseTag(text) }
}

/** Makes a target of a reference; throws `REFERENCE_INVALID` where it does not end in a tag. */
export function asTarget(reference: Reference): Target {
  const { repository, tag, digest } = reference
  if (tag !== undefined && digest === undefined) return { repository, tag }
  throw new PromotionError(
    'REFERENCE_INVALID',
    `the target "${formatReference(reference)}" does not end in a tag`,
    {
      advice: 'A digest cannot be given to an image; name the tag that it is to get.'
    }
  )
}

/** Prints a repository as `registry/name`. */
export function formatRepository(repository: Repository): string {
  return `${repository.registry}/${repository.name}`
}

/** Prints a reference or target in full; {@link parseReference} reads it back. */
export function formatReference({ repository, tag, digest }: Reference): string {
  return (
    formatRepository(repository) +
    (tag === undefined ? '' : `:${tag}`) +
    (digest === undefined ? '' : `@${digest}`)
  )
}

/** Tells whether two repositories are the same. */
export function isSameRepository(one: Repository, other: Repository): boolean {
  return one.registry === other.registry && one.name === other.name
}

/** Tells whether a registry can take blobs over from one repository to the other without their being sent. */
export function canMount({ from, to }: { readonly from: Repository; readonly to: Repository }): boolean {
  return from.registry === to.registry && !isSameRepository(from, to)
}

function isBareDigest(text: string): boolean {
  return DIGEST_ALGORITHM.test(text) && !/[/@]/.test(text)
}

function parseName(name: string): Repository {
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(slash, 0))
  if (/[.:]/.test(first) || first === 'localhost')
    return parseRepository(parseRegistry(first), name.slice(slash + 1))
  if (first !== first.toLowerCase()) {
    // Docker takes an upper-case first part for a host; people mean the owner, on a registry they forgot to write.
    throw new PromotionError(
      'REFERENCE_INVALID',
      `"${printable(name)}" does not say which registry it is in`,
      {
        advice: `Write the registry before it (docker.io/${printable(name.toLowerCase())}, ghcr.io/…).`
      }
    )
  }
  return parseRepository(dockerHub, name)
}
