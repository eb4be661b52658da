/** Looks at what has to be copied: all that belongs to the image, and what other repositories lack of it. */
import type { Belongings, Copy } from '../../promotion/copy.ts'
import { type PromotionError, during } from '../../oci/errors.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { type Repository, formatReference, formatRepository } from '../../oci/reference.ts'
import { compare } from './diff.ts'
import { findAttachments } from './attachments.ts'
import { inParallel } from '../in-parallel.ts'
import { orError } from '../or-error.ts'
import type { RegistryReader } from '../ports.ts'
import { surveyGraph } from './walk.ts'

/** An image that is to be copied, and where it is. */
export interface CopySource {
  readonly repository: Repository
  readonly manifest: Manifest
}

/** How to look at what has to be copied. */
export interface ContentOptions {
  readonly registry: RegistryReader
  /** Whether what refers to the image is copied too. */
  readonly referrers: boolean
}

/**
 * Finds out what each repository lacks of an image, by its full name; an error takes the place of what cannot be told. Throws
 * where the image itself cannot be read.
 */
export async function findMissingContent(
  source: CopySource,
  repositories: readonly Repository[],
  { registry, referrers }: ContentOptions
): Promise<Map<string, Copy | PromotionError>> {
  const belongings = await survey(source, { registry, referrers })
  const results = await inParallel(repositories, async to => {
    const name = formatRepository(to)
    return [
      name,
      await orError(`looking at what ${name} has`, () => compare(belongings, to, registry))
    ] as const
  })
  return new Map(results)
}

async function survey(
  { repository: from, manifest }: CopySource,
  { registry, referrers }: ContentOptions
): Promise<Belongings> {
  const place = { registry, from }
  try {
    const image = await surveyGraph(manifest, place)
    const found = referrers ? await findAttachments(image, place) : { attachments: [], warnings: [] }
    return { from, image, ...found }
  } catch (error) {
    throw during(`reading all of ${formatReference({ repository: from, digest: manifest.digest })}`, error)
  }
}
