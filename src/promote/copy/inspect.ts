/** Finds out what has to be copied: reads the image and what is attached to it, and compares each repository with that. */
import type { Attachment, Copy, Destination, Graph } from '../../promotion/copy.ts'
import type { Part } from '../../promotion/snapshot.ts'
import type { Descriptor } from '../../oci/descriptor.ts'
import { type PromotionError, during } from '../../oci/errors.ts'
import type { Manifest } from '../../oci/manifest.ts'
import { formatReference, formatRepository } from '../../oci/reference.ts'
import { Comparison, type Content } from './diff.ts'
import { type Found, findAttachments } from './attachments.ts'
import { hasLayersOf } from '../../oci/referrers.ts'
import { inParallel } from '../in-parallel.ts'
import { orError } from '../or-error.ts'
import type { RegistryReader } from '../ports.ts'
import { type Place, digestsIn, joinGraphs, walkImage } from './walk.ts'

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
 * Finds what each repository is missing of an image, by the repository's full name; an error where that cannot be
 * determined. Throws `PromotionError` where the image cannot be read.
 */
export async function findMissingContent(
  source: CopySource,
  destinations: readonly Destination[],
  options: ContentOptions
): Promise<Map<string, Copy | PromotionError>> {
  const comparisons = destinations.map(to => new Comparison(source.manifest, to, options.registry))
  const isEverywhere = destinations.every(({ hasImage }) => hasImage)
  const isNeeded = async ({ digest }: Descriptor): Promise<boolean> =>
    !isEverywhere || (await inParallel(comparisons, comparison => comparison.lacks(digest))).includes(true)
  const content = readContent(source, { ...options, isNeeded })
  const copies = inParallel(comparisons, async comparison => {
    const name = formatRepository(comparison.to)
    return [name, await orError(`checking what ${name} has`, () => comparison.compare(content))] as const
  })
  // All end before the run does, whatever becomes of the others.
  await Promise.allSettled([content.image, content.attached, copies])
  await content.image
  await content.attached
  return new Map(await copies)
}

interface ReadOptions extends ContentOptions {
  /** Whether an image of an index has to be read: where every repository has the index, its images are there as a rule. */
  readonly isNeeded: (image: Descriptor) => Promise<boolean>
}

/** Reads an image with everything below it, and what is attached to that. */
function readContent(source: CopySource, options: ReadOptions): Content {
  const graphs = inParallel(source.parts, part =>
    ofPart(part, () => walkImage(part.manifest, placeOf(part, options), options.isNeeded))
  )
  const image = graphs.then(parts => joinGraphs(source.manifest, parts))
  const attached = options.referrers
    ? Promise.all([image, graphs]).then(([whole, parts]) =>
        attachmentsOf(source, { image: whole, graphs: parts }, options)
      )
    : nothingAttached
  return { image, attached }
}

const nothingAttached = Promise.resolve<Found>({ attachments: [], warnings: [] })

/** Finds what is attached to an image: what is attached to an index that is taken apart would be attached to nothing. */
async function attachmentsOf(
  { parts }: CopySource,
  { image, graphs }: { readonly image: Graph; readonly graphs: readonly Graph[] },
  options: ContentOptions
): Promise<Found> {
  const content = digestsIn(image.manifests)
  const found = await inParallel([...parts.entries()], ([index, part]) => {
    const manifests = graphs[index]?.manifests ?? []
    return ofPart(part, () =>
      findAttachments(manifests, placeOf(part, options), digest => content.has(digest))
    )
  })
  const { attachments, warnings } = distinctAttachments(found.flatMap(each => each.attachments))
  return { attachments, warnings: [...found.flatMap(each => each.warnings), ...warnings] }
}

function placeOf({ repository }: Part, { registry }: ContentOptions): Place {
  return { registry, from: repository }
}

async function ofPart<T>({ repository, manifest }: Part, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const name = formatReference({ repository, digest: manifest.digest })
    throw during(`reading everything that belongs to ${name}`, error)
  }
}

/**
 * Keeps each attachment once: parts that share an image may be in several repositories that have what is attached to it. Of two
 * manifests under one cosign tag, keeps the one that has all signatures of the other; where neither has, the first, with a warning.
 */
function distinctAttachments(all: readonly Attachment[]): Found {
  const attachments = new Map<string, Attachment>()
  const warnings: string[] = []
  for (const attachment of all) {
    const { subject, tag, graph } = attachment
    const name = `${subject} ${tag ?? graph.root.digest}`
    const known = attachments.get(name)
    if (known === undefined || hasLayersOf(graph.root, known.graph.root)) attachments.set(name, attachment)
    else if (tag !== undefined && !hasLayersOf(known.graph.root, graph.root))
      warnings.push(
        `${tag} holds other signatures in each repository that has the image; those of one were copied`
      )
  }
  return { attachments: [...attachments.values()], warnings }
}
