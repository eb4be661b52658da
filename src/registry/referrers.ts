/**
 * What refers to a manifest (distribution specification, *Listing referrers* and *Referrers Tag Schema*):
 *
 *     the referrers API answers           referrers
 *     200 with an OCI index, not empty    those, page by page (told by the body where the type is JSON: Harbor 2.8, 2.9)
 *     200 with an empty one               those in the list under the tag sha256-<hex>, for some registries know nothing
 *                                         of what was pushed before they had the API
 *     200 with what is no list            those in the list under the tag; an error where there is none: what cannot be
 *                                         read is never taken for nothing
 *     401 403 408 425 429 5xx             not known: an error
 *     anything else, or another host      those in the list under the tag (GHCR redirects to github.com)
 */
import { type Descriptor, partsOf } from '../oci/descriptor.ts'
import type { Digest } from '../oci/digest.ts'
import { PromotionError } from '../oci/errors.ts'
import { printable } from '../oci/printable.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest } from '../oci/manifest.ts'
import { OCI_INDEX, withoutParameters } from '../oci/media-type.ts'
import type { Reference, Repository } from '../oci/reference.ts'
import type { Registry } from '../oci/registry-host.ts'
import {
  addReferrers,
  isReferrersList,
  readReferrers,
  readUntypedReferrers,
  referrersTag
} from '../oci/referrers.ts'
import type { Endpoint } from './endpoint.ts'
import { readErrorBody } from './http/error-body.ts'
import { type Request, type Response, type Send, describeRequest, isSameOrigin } from './http/message.ts'
import { type Page, endless, pagesOf } from './link.ts'
import { responseError } from './errors.ts'

/** The most pages of one list that are read. */
export const MAXIMUM_PAGES = 100

/** The most entries of one list that are read. */
export const MAXIMUM_LISTED = 10_000

// Another job may write the list between our look at it and our write.
const MAXIMUM_LIST_WRITES = 5

/** A manifest, and what a registry calls this state of its tag (`ETag`). */
export interface TaggedManifest {
  readonly manifest: Manifest
  readonly etag?: string | undefined
}

/** What the client of referrers needs to do with manifests. */
export interface ManifestAccess {
  fetchManifest(reference: Reference): Promise<TaggedManifest | undefined>
  /** Uploads a manifest; undefined where the registry says that a condition (`If-Match`) is not met. */
  uploadManifest(
    reference: Reference,
    manifest: Manifest,
    conditions?: Readonly<Record<string, string>>
  ): Promise<Response | undefined>
  /** Waits a while before the attempt that comes after so many failures. */
  readonly pause: (failures: number) => Promise<void>
}

/** A client of the referrers in any number of registries. Every method throws `PromotionError`. */
export class ReferrersClient {
  readonly #send: Send
  readonly #endpoint: Endpoint
  readonly #manifests: ManifestAccess
  /** By registry. */
  readonly #hasApi = new Map<Registry, Promise<boolean>>()

  constructor(send: Send, endpoint: Endpoint, manifests: ManifestAccess) {
    this.#send = send
    this.#endpoint = endpoint
    this.#manifests = manifests
  }

  /** Lists what refers to a manifest, by the table above. */
  async listReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    const { listed, unreadable } = await this.#listByApi(repository, subject)
    if (listed.length > 0) return listed
    const found = await this.#manifests.fetchManifest({ repository, tag: referrersTag(subject) })
    if (found !== undefined && isReferrersList(found.manifest, subject))
      return partsOf(found.manifest).manifests
    if (unreadable) throw unreadable
    return []
  }

  /**
   * Uploads manifests that refer to a subject. Registries with the referrers API list them themselves; for any other they
   * are added to the list under the tag.
   */
  async attachReferrers(
    repository: Repository,
    subject: Digest,
    referrers: readonly Manifest[]
  ): Promise<void> {
    const unlisted: Manifest[] = []
    for (const manifest of referrers) {
      const reference = { repository, digest: manifest.digest }
      const response = await this.#manifests.uploadManifest(reference, manifest)
      if (response?.headers['oci-subject'] !== subject) unlisted.push(manifest)
    }
    if (unlisted.length === 0) return
    // Quirk: Quay has the API and does not send OCI-Subject.
    const { listed } = await this.#listByApi(repository, subject)
    const known = new Set(listed.map(({ digest }) => digest))
    const left = unlisted.filter(({ digest }) => !known.has(digest))
    if (left.length > 0) await this.#addToList(repository, subject, left)
  }

  /**
   * Adds to the list under the tag, and looks again until they are all listed: another job may have written the list
   * meanwhile. A registry that supports `If-Match` refuses to overwrite what that job wrote.
   */
  async #addToList(repository: Repository, subject: Digest, referrers: readonly Manifest[]): Promise<void> {
    const tagged = { repository, tag: referrersTag(subject) }
    for (let writes = 0; ; writes++) {
      const found = await this.#manifests.fetchManifest(tagged)
      const list = addReferrers(subject, found?.manifest, referrers)
      if (list === undefined) return
      if (writes === MAXIMUM_LIST_WRITES) throw contended(subject)
      if (writes > 0) await this.#manifests.pause(writes)
      await this.#manifests.uploadManifest(tagged, list, conditionsOf(found))
    }
  }

  /**
   * Lists by the API alone; nothing where the registry has none. The first request to a registry finds that out, while others wait,
   * for all its repositories.
   */
  async #listByApi(repository: Repository, subject: Digest): Promise<Listing> {
    const { registry } = repository
    const known = this.#hasApi.get(registry)
    if (known !== undefined) return (await known) ? this.#listOnce(repository, subject) : { listed: [] }
    const first = this.#listOnce(repository, subject)
    this.#hasApi.set(
      registry,
      first.then(
        ({ isWithoutApi }) => isWithoutApi !== true,
        () => true
      )
    )
    return first
  }

  async #listOnce(repository: Repository, subject: Digest): Promise<Listing> {
    const plain = this.#endpoint.request('GET', repository, `referrers/${subject}`)
    const request: Request = { ...plain, headers: { accept: OCI_INDEX }, limit: MAXIMUM_MANIFEST_BYTES }
    const listed: Descriptor[] = []
    for await (const page of pagesOf(this.#send, request, MAXIMUM_PAGES)) {
      if (page.response.truncated && isAnswered(page)) throw endless(request)
      const read = readList(page)
      if (read === undefined) {
        if (page.request.url !== request.url || isUnknown(page))
          throw responseError(page.request, page.response)
        if (isAnswered(page)) return { listed: [], unreadable: notAList(page) }
        return { listed: [], isWithoutApi: isWithoutApi(page) }
      }
      listed.push(...read)
      if (listed.length > MAXIMUM_LISTED) throw endless(request)
    }
    return { listed }
  }
}

/** What the API lists, and the error where its answer is no list. */
interface Listing {
  readonly listed: readonly Descriptor[]
  readonly unreadable?: PromotionError
  /** Whether the registry does not have the API, whatever the repository. */
  readonly isWithoutApi?: boolean
}

function readList(page: Page): Descriptor[] | undefined {
  if (!isAnswered(page)) return undefined
  const { headers, body } = page.response
  const type = withoutParameters(headers['content-type'] ?? '')
  return type === OCI_INDEX ? readReferrers(body) : readUntypedReferrers(body)
}

/** Tells whether an answer means all of a registry; the 404 of some means the repository or the manifest (zot). */
function isWithoutApi(page: Page): boolean {
  const { status, body } = page.response
  return !isOwn(page) || (status === 404 && !/(?:NAME|MANIFEST)_UNKNOWN/.test(readErrorBody(body)))
}

/** Tells whether the registry itself says 200. */
function isAnswered(page: Page): boolean {
  return isOwn(page) && page.response.status === 200
}

function conditionsOf(found: TaggedManifest | undefined): Readonly<Record<string, string>> {
  if (found === undefined) return { 'if-none-match': '*' }
  return found.etag === undefined ? {} : { 'if-match': found.etag }
}

function notAList({ request, response }: Page): PromotionError {
  const type = printable(response.headers['content-type'] ?? '')
  return new PromotionError(
    'REGISTRY_REJECTED',
    `${describeRequest(request)}: the list of referrers cannot be read (content type "${type}")`,
    { advice: 'Check that nothing between the runner and the registry answers instead of it.' }
  )
}

function contended(subject: Digest): PromotionError {
  return new PromotionError(
    'REGISTRY_REJECTED',
    `the list of what refers to ${subject} is overwritten by other jobs again and again`,
    { advice: 'Run the job again when no other job signs this image.' }
  )
}

/** Tells whether an answer leaves open whether the registry has the API. */
function isUnknown(page: Page): boolean {
  const { status } = page.response
  return isOwn(page) && ([401, 403, 408, 425, 429].includes(status) || status >= 500)
}

/** Tells whether the registry itself answered, not a host that it redirected to. */
function isOwn({ request, response }: Page): boolean {
  return isSameOrigin(response.url, request.url)
}
