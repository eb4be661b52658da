/** Finds what is attached to an image from outside: what cosign's tags attach, its referrers, and theirs. */
import type { Attachment } from '../../promotion/copy.ts'
import { subjectOf } from '../../oci/descriptor.ts'
import type { Digest } from '../../oci/digest.ts'
import { PromotionError } from '../../oci/errors.ts'
import { type Manifest, attestationsIn } from '../../oci/manifest.ts'
import { type Tag, formatReference } from '../../oci/reference.ts'
import { cosignTags } from '../../oci/referrers.ts'
import { inParallel } from '../in-parallel.ts'
import { isSkippable, orDenied } from './skippable.ts'
import { type Place, digestsIn, walkImage } from './walk.ts'

/** How many levels of referrers of referrers are read. */
export const MAXIMUM_GENERATIONS = 4

/** The most attachments of one image. */
export const MAXIMUM_ATTACHMENTS = 1000

/** What was found, and what is there but could not be read. */
export interface Found {
  /** What is attached to an attachment comes after it. */
  readonly attachments: readonly Attachment[]
  /** One sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Finds what is attached to the manifests of an image and their children, and to those attachments, up to four levels deep. Nothing is
 * looked for that refers to BuildKit's attestations: they lie in the image. `isContent` tells what of these is promoted; all is by default.
 */
export async function findAttachments(
  image: readonly Manifest[],
  place: Place,
  isContent: (digest: Digest) => boolean = () => true
): Promise<Found> {
  const search = new Search(place)
  const attestations = new Set(image.flatMap(manifest => [...attestationsIn(manifest).keys()]))
  const subjects = [...digestsIn(image)].filter(digest => isContent(digest) && !attestations.has(digest))
  const [tagged, referring] = [search.tagged(subjects), search.generations(subjects)]
  // Both end before the run does, whatever becomes of the other.
  await Promise.allSettled([tagged, referring])
  const own = ownReferrers(image.filter(({ digest }) => isContent(digest)))
  const attachments = [...(await tagged), ...own, ...(await referring)]
  return { attachments, warnings: search.warnings }
}

/** What lies in the image itself and yet refers to something: an artifact that is promoted, BuildKit's attestations. */
function ownReferrers(manifests: readonly Manifest[]): Attachment[] {
  return manifests.flatMap(root => {
    const subject = subjectOf(root)?.digest
    return subject === undefined ? [] : [{ subject, graph: { root, manifests: [root], blobs: [] } }]
  })
}

/** One search: it remembers what it has seen and what it could not read. */
class Search {
  readonly warnings: string[] = []
  readonly #place: Place
  readonly #seen = new Set<string>()

  constructor(place: Place) {
    this.#place = place
  }

  /** Finds what cosign's tags attach to some manifests. */
  async tagged(subjects: readonly Digest[]): Promise<Attachment[]> {
    const named = subjects.flatMap(subject => cosignTags(subject).map(tag => ({ subject, tag })))
    const found = await inParallel(named, ({ subject, tag }) =>
      this.#attempt(formatReference({ repository: this.#place.from, tag }), () =>
        this.#readTagged(subject, tag)
      )
    )
    return found.filter(attachment => attachment !== undefined)
  }

  /** Finds what refers to some manifests, to that again, and so on. */
  async generations(first: readonly Digest[]): Promise<Attachment[]> {
    const all: Attachment[] = []
    let subjects = first
    for (let generation = 1; generation <= MAXIMUM_GENERATIONS && subjects.length > 0; generation++) {
      const found = await this.#referring(subjects)
      all.push(...found)
      subjects = found.flatMap(({ graph }) => graph.manifests.map(({ digest }) => digest))
    }
    return all
  }

  /** Finds what refers to some manifests and was not found before. */
  async #referring(subjects: readonly Digest[]): Promise<Attachment[]> {
    const { registry, from } = this.#place
    const lists = await inParallel(subjects, subject =>
      this.#attempt(`what refers to ${subject}`, async () => {
        const listed = await registry.listReferrers(from, subject)
        return listed.map(({ digest }) => ({ subject, digest })).filter(referrer => this.#isNew(referrer))
      })
    )
    const found = await inParallel(
      lists.flatMap(list => list ?? []),
      ({ subject, digest }) =>
        this.#attempt(`${digest}, which refers to ${subject},`, () => this.#readReferrer(subject, digest))
    )
    return found.filter(attachment => attachment !== undefined)
  }

  #isNew({ subject, digest }: { readonly subject: Digest; readonly digest: Digest }): boolean {
    const name = `${subject} ${digest}`
    if (this.#seen.has(name)) return false
    if (this.#seen.size >= MAXIMUM_ATTACHMENTS) {
      throw new PromotionError(
        'MANIFEST_UNSUPPORTED',
        `more than ${MAXIMUM_ATTACHMENTS.toString()} signatures and the like are attached to the image`
      )
    }
    this.#seen.add(name)
    return true
  }

  // HEAD first: most images have none of these tags, and Docker Hub counts a GET as a pull. What is denied in a repository that can
  // be read is not there.
  async #readTagged(subject: Digest, tag: Tag): Promise<Attachment | undefined> {
    const { registry, from } = this.#place
    const digest = await orDenied(() => registry.headManifest({ repository: from, tag }), undefined)
    const root = digest && (await registry.getManifest({ repository: from, digest }))
    return root && { subject, tag, graph: await walkImage(root, this.#place) }
  }

  async #readReferrer(subject: Digest, digest: Digest): Promise<Attachment | undefined> {
    const root = await this.#place.registry.getManifest({ repository: this.#place.from, digest })
    // A list may name what was deleted since, or (in a tag that anybody may write) what refers to something else.
    if (root === undefined || subjectOf(root)?.digest !== subject) return undefined
    return { subject, graph: await walkImage(root, this.#place) }
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isSkippable(error)) throw error
      this.warnings.push(`${what} was skipped: ${error.message}`)
      return undefined
    }
  }
}
