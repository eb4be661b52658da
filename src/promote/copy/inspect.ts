/** Finds out what has to be copied: reads the image and what is attached to it, and compares each repository with that. */
import type { Content, Copy } from '../../promotion/copy.ts'
import type { Part } from '../../promotion/snapshot.ts'
import { type PromotionError, during } from '../../oci/errors.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { type Repository, formatReference, formatRepository } from '../../oci/reference.ts'
import { compare } from './diff.ts'
import { findAttachments } from './attachments.ts'
import { inParallel } from '../in-parallel.ts'
import { orError } from '../or-error.ts'
import type { RegistryReader } from '../ports.ts'
import { joinGraphs, walkImage } from './walk.ts'

/** An image to copy. */
export interface CopySource {
  readonly manifest: Manifest
  /** The image itself, or, for an index made in this run, the images that it was made of, wherever they are. */
  readonly parts: readonly Part[]
}

/** How content is looked for. */
export interface ContentOptions {
  readonly registry: RegistryReader
  /** Whether attachments (signatures, SBOMs, attestations) are copied, too. */
  readonly referrers: boolean
}

/**
 * Finds what each repository is missing of an image, by the repository's full name; an error takes the place of what cannot be
 * told. Throws `PromotionError` where the image cannot be read.
 */
export async function findMissingContent(
  source: CopySource,
  repositories: readonly Repository[],
  options: ContentOptions
): Promise<Map<string, Copy | PromotionError>> {
  const content = await readContent(source, options)
  const results = await inParallel(repositories, async to => {
    const name = formatRepository(to)
    return [
      name,
      await orError(`checking what ${name} has`, () => compare(content, to, options.registry))
    ] as const
  })
  return new Map(results)
}

async function readContent({ manifest, parts }: CopySource, options: ContentOptions): Promise<Content> {
  const read = await inParallel(parts, part => readPart(part, options))
  const graphs = read.map(({ image }) => image)
  return {
    image: joinGraphs(manifest, graphs),
    attachments: read.flatMap(({ attachments }) => attachments),
    warnings: read.flatMap(({ warnings }) => warnings)
  }
}

async function readPart(
  { repository, manifest }: Part,
  { registry, referrers }: ContentOptions
): Promise<Content> {
  const place = { registry, from: repository }
  try {
    const image = await walkImage(manifest, place)
    const found = referrers ? await findAttachments(image, place) : { attachments: [], warnings: [] }
    return { image, ...found }
  } catch (error) {
    const name = formatReference({ repository, digest: manifest.digest })
    throw during(`reading everything that belongs to ${name}`, error)
  }
}
