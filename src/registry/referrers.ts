/**
 * What refers to a manifest (distribution specification, *Listing referrers* and *Referrers Tag Schema*):
 *
 *     the referrers API answers           referrers
 *     200 with an OCI index, not empty    those, page by page
 *     200 with an empty one               those in the list under the tag sha256-<hex>, for some registries know nothing
 *                                         of what was pushed before they had the API
 *     401 403 408 425 429 5xx             not known: an error
 *     anything else, or somebody else     those in the list under the tag (GHCR redirects to github.com)
 */
import { type Descriptor, partsOf } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest } from '../oci/manifest.ts'
import { OCI_INDEX, withoutParameters } from '../oci/media-type.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import { addReferrers, isReferrersList, readReferrers, referrersTag } from '../oci/referrers.ts'
import type { Endpoint } from './endpoint.ts'
import { type Request, type Response, type Send, isSameOrigin } from './http/message.ts'
import { type Page, endless, pagesOf } from './link.ts'
import { responseError } from './errors.ts'

/** The most pages of one list that are read. */
export const MAXIMUM_PAGES = 100

/** The most entries of one list that are read. */
export const MAXIMUM_LISTED = 10_000

/** What the client of referrers needs to do with manifests. */
export interface ManifestAccess {
  getManifest(reference: Reference): Promise<Manifest | undefined>
  /** Uploads a manifest; the response is one of success. */
  uploadManifest(reference: Reference, manifest: Manifest): Promise<Response>
}

/** A client of the referrers in any number of registries. Every method throws `PromotionError`. */
export class ReferrersClient {
  readonly #send: Send
  readonly #endpoint: Endpoint
  readonly #manifests: ManifestAccess

  constructor(send: Send, endpoint: Endpoint, manifests: ManifestAccess) {
    this.#send = send
    this.#endpoint = endpoint
    this.#manifests = manifests
  }

  /** Lists what refers to a manifest, by the table above. */
  async listReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    const listed = await this.#listByApi(repository, subject)
    if (listed !== undefined && listed.length > 0) return listed
    const list = await this.#manifests.getManifest({ repository, tag: referrersTag(subject) })
    return list !== undefined && isReferrersList(list) ? partsOf(list).manifests : []
  }

  /**
   * Uploads manifests that refer to a subject. A registry that lists them itself says so, or shows it; for any other they
   * are added to the list under the tag, which two runs at the same time may do one over the other.
   */
  async attachReferrers(
    repository: Repository,
    subject: Digest,
    referrers: readonly Manifest[]
  ): Promise<void> {
    const unlisted: Manifest[] = []
    for (const manifest of referrers) {
      const { headers } = await this.#manifests.uploadManifest(
        { repository, digest: manifest.digest },
        manifest
      )
      if (headers['oci-subject'] !== subject) unlisted.push(manifest)
    }
    // Quirk: Quay has the API and does not send OCI-Subject.
    const listed = unlisted.length > 0 ? await this.#listByApi(repository, subject) : []
    const known = new Set(listed?.map(({ digest }) => digest))
    const left = unlisted.filter(({ digest }) => !known.has(digest))
    if (left.length === 0) return
    const tagged = { repository, tag: referrersTag(subject) }
    const list = addReferrers(await this.#manifests.getManifest(tagged), left)
    if (list !== undefined) await this.#manifests.uploadManifest(tagged, list)
  }

  /** Lists by the API alone; undefined where the registry has none. */
  async #listByApi(repository: Repository, subject: Digest): Promise<Descriptor[] | undefined> {
    const plain = this.#endpoint.request('GET', repository, `referrers/${subject}`)
    const request: Request = { ...plain, headers: { accept: OCI_INDEX }, limit: MAXIMUM_MANIFEST_BYTES }
    const listed: Descriptor[] = []
    for await (const page of pagesOf(this.#send, request, MAXIMUM_PAGES)) {
      const isFirst = page.request.url === request.url
      if (!isList(page)) {
        if (!isFirst || isUnknown(page)) throw responseError(page.request, page.response)
        return undefined
      }
      if (page.response.truncated) throw endless(request)
      listed.push(...readReferrers(page.response.body))
      if (listed.length > MAXIMUM_LISTED) throw endless(request)
    }
    return listed
  }
}

function isList(page: Page): boolean {
  const { status, headers } = page.response
  return isOwn(page) && status === 200 && withoutParameters(headers['content-type'] ?? '') === OCI_INDEX
}

/** Tells whether an answer leaves open whether the registry has the API. */
function isUnknown(page: Page): boolean {
  const { status } = page.response
  return isOwn(page) && ([401, 403, 408, 425, 429].includes(status) || status >= 500)
}

/** Tells whether it was the registry that answered, not somebody it redirected to. */
function isOwn({ request, response }: Page): boolean {
  return isSameOrigin(response.url, request.url)
}
