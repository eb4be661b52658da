/**
 * The OCI distribution API, as far as Retag uses it. Satisfies the ports of `promote/` by its shape. Which digest counts:
 *
 *     request         Docker-Content-Digest              result
 *     GET by digest   any                                the computed digest equals the requested one, else DIGEST_MISMATCH
 *     GET by tag      present, not that of the bytes     DIGEST_MISMATCH
 *     GET by tag      equal or missing                   the computed digest
 *     HEAD by tag     present                            the header
 *     HEAD by tag     missing, or an error               ask again with GET
 *     PUT             another than ours                  DIGEST_MISMATCH
 *     PUT             missing, or the status is not 201  read the tag: ours, or DIGEST_MISMATCH
 */
import type { Descriptor } from '../oci/descriptor.ts'
import { type Digest, isDigest } from '../oci/digest.ts'
import { isDigestOf } from '../oci/digester.ts'
import { PromotionError } from '../oci/errors.ts'
import { type ImageConfig, MAXIMUM_CONFIG_BYTES, readConfig } from '../oci/config.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest, readManifest } from '../oci/manifest.ts'
import { acceptedManifests } from '../oci/media-type.ts'
import type { Placed, Placement } from '../oci/placement.ts'
import { printable } from '../oci/printable.ts'
import type { Reference, Repository, Tag } from '../oci/reference.ts'
import { TagChangedError } from '../oci/tag-changed.ts'
import { BlobClient } from './blobs.ts'
import { Endpoint, type EndpointSettings } from './endpoint.ts'
import { isWebPage } from './http/error-body.ts'
import { type Request, type Response, type Send, describeRequest } from './http/message.ts'
import { isTaken } from './uploads.ts'
import { ReferrersClient, type TaggedManifest } from './referrers.ts'
import { responseError } from './errors.ts'
import { listTags } from './tags.ts'

/** Tells whether what a reference has now, undefined for nothing, allows an upload to be repeated. */
export type IsExpected = (digest: Digest | undefined) => boolean

/** Under which circumstances a manifest is uploaded. */
interface UploadOptions {
  /** Headers such as `If-Match`. */
  readonly conditions?: Readonly<Record<string, string>> | undefined
  readonly isExpected?: IsExpected
}

/** What the client needs to know of the run. */
export interface ClientSettings extends EndpointSettings {
  /** Waits a while before the attempt that comes after so many failures. */
  readonly pause: (failures: number) => Promise<void>
}

// Where a registry shows what was written before, it is for seconds.
const MAXIMUM_LOOKS = 5

/** A client of any number of registries. Every method throws `PromotionError`. */
export class RegistryClient {
  readonly #send: Send
  readonly #endpoint: Endpoint
  readonly #blobs: BlobClient
  readonly #referrers: ReferrersClient
  readonly #pause: ClientSettings['pause']

  constructor(send: Send, settings: ClientSettings) {
    this.#send = send
    this.#endpoint = new Endpoint(settings)
    this.#pause = settings.pause
    this.#blobs = new BlobClient(send, { endpoint: this.#endpoint, pause: settings.pause })
    this.#referrers = new ReferrersClient(send, this.#endpoint, {
      fetchManifest: reference => this.#fetchManifest(reference),
      uploadManifest: (reference, manifest, conditions) =>
        this.#uploadManifest(reference, manifest, { conditions }),
      pause: settings.pause
    })
  }

  /** Fetches a manifest (specification, *Pulling manifests*), checks and reads it; undefined when there is none. */
  async getManifest(reference: Reference): Promise<Manifest | undefined> {
    return (await this.#fetchManifest(reference))?.manifest
  }

  async #fetchManifest(reference: Reference): Promise<TaggedManifest | undefined> {
    const request = this.#manifestRequest('GET', reference)
    const response = await this.#send(request)
    if (response.status === 404) return undefined
    if (response.status !== 200) throw responseError(request, response)
    if (response.truncated) {
      throw unusable('the manifest is larger than 4 MiB, the most that registries agree on', {
        advice: 'Check that the reference names an image.'
      })
    }
    refusePage(response)
    const { headers, body: bytes } = response
    const manifest = readManifest({
      bytes,
      contentType: headers['content-type'] ?? '',
      digestHeader: headers['docker-content-digest'],
      asked: reference.digest
    })
    return { manifest, etag: headers.etag }
  }

  /**
   * Asks for a manifest's digest (specification, *Checking if content exists*); undefined when there is none.
   * Where HEAD does not tell, GET does: the answer lacks the digest, is an error (HEAD cannot say why), or HEAD is not known.
   */
  async headManifest(reference: Reference): Promise<Digest | undefined> {
    const response = await this.#send(this.#manifestRequest('HEAD', reference))
    return this.#digestIn(response, reference)
  }

  /** Asks whether a repository has a blob. */
  hasBlob(repository: Repository, digest: Digest): Promise<boolean> {
    return this.#blobs.hasBlob(repository, digest)
  }

  /** Makes a blob exist in a repository: by a mount where the registry can, else by a copy; unless it is there. */
  placeBlob(placement: Placement, onBytes: (count: number) => void): Promise<Placed> {
    return this.#blobs.placeBlob(placement, onBytes)
  }

  /** Lists all tags of a repository, each once, in the registry's order; none where the registry does not know the repository. */
  listTags(repository: Repository): Promise<readonly Tag[]> {
    return listTags(this.#send, this.#endpoint, repository)
  }

  /** Lists what refers to a manifest. */
  listReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    return this.#referrers.listReferrers(repository, subject)
  }

  /** Uploads manifests that refer to a subject, and has them listed. */
  attachReferrers(repository: Repository, subject: Digest, referrers: readonly Manifest[]): Promise<void> {
    return this.#referrers.attachReferrers(repository, subject, referrers)
  }

  /**
   * Uploads a manifest's bytes by tag or digest (specification, *Pushing manifests*) and checks that the registry kept them.
   * Before the upload is repeated, the reference is read: where it has this manifest, the upload is done; where it has something
   * that `isExpected` does not accept, throws `TagChangedError`.
   */
  async putManifest(reference: Reference, manifest: Manifest, isExpected?: IsExpected): Promise<void> {
    await this.#uploadManifest(reference, manifest, isExpected && { isExpected })
  }

  /** Undefined where the registry says that a condition is not met. */
  async #uploadManifest(
    reference: Reference,
    { bytes, mediaType, digest }: Manifest,
    { conditions, isExpected }: UploadOptions = {}
  ): Promise<Response | undefined> {
    const request: Request = {
      ...this.#manifestRequest('PUT', reference),
      headers: { 'content-type': mediaType, ...conditions },
      body: bytes,
      beforeRepeat: () => this.#beforeRepeat(reference, bytes, isExpected)
    }
    const response = await this.#send(request).catch(explainTimeout)
    if (conditions !== undefined && response.status === 412) return undefined
    if (!isTaken(response)) throw responseError(request, response)
    const named = response.headers['docker-content-digest']
    // Any web server says 200 to everything: what is not the specification's 201 with a digest is looked up.
    const kept =
      response.status === 201 && named !== undefined ? named : await this.#confirm(reference, bytes)
    if (kept !== undefined && isDigestOf(bytes, kept)) return response
    throw new PromotionError(
      'DIGEST_MISMATCH',
      `uploaded ${digest}, the registry has ${printable(kept ?? 'nothing')}`,
      {
        advice: 'The registry, or something before it, changes manifests. Look at what the tag points to now.'
      }
    )
  }

  /** The answer of an upload that is done already; undefined where the reference has what is expected. */
  async #beforeRepeat(
    reference: Reference,
    bytes: Uint8Array,
    isExpected: IsExpected | undefined
  ): Promise<Response | undefined> {
    const response = await this.#send(this.#manifestRequest('HEAD', reference))
    let digest: Digest | undefined
    try {
      digest = await this.#digestIn(response, reference)
    } catch (error) {
      // Who may only push cannot look. Where anything may be overwritten there is no need to.
      const isDenied = error instanceof PromotionError && error.code === 'DENIED'
      if (isDenied && isExpected === undefined) return undefined
      throw error
    }
    if (digest !== undefined && isDigestOf(bytes, digest)) {
      // Stands for the answer that was lost.
      return { ...response, status: 201, headers: { ...response.headers, 'docker-content-digest': digest } }
    }
    if (isExpected?.(digest) === false) throw new TagChangedError(digest)
    return undefined
  }

  async #digestIn({ status, headers }: Response, reference: Reference): Promise<Digest | undefined> {
    if (status === 404) return undefined
    const digest = headers['docker-content-digest'] ?? ''
    return status === 200 && isDigest(digest) ? digest : (await this.getManifest(reference))?.digest
  }

  /** Asks for what was just uploaded until it is there. Quirk: GHCR and Docker Hub show the old state for seconds. */
  async #confirm(reference: Reference, bytes: Uint8Array): Promise<Digest | undefined> {
    for (let looks = 1; ; looks++) {
      const found = await this.headManifest(reference)
      if (looks === MAXIMUM_LOOKS || (found !== undefined && isDigestOf(bytes, found))) return found
      await this.#pause(looks)
    }
  }

  /** Fetches the config of an image (specification, *Pulling blobs*), checks and reads it. */
  async getConfig(repository: Repository, digest: Digest): Promise<ImageConfig> {
    const limit = MAXIMUM_CONFIG_BYTES
    const request = { ...this.#endpoint.request('GET', repository, `blobs/${digest}`), limit }
    const response = await this.#send(request)
    if (response.status !== 200) throw responseError(request, response)
    if (response.truncated) {
      throw unusable("the image's config is larger than 4 MiB", {
        advice: 'No builder makes such a config. Check that the reference names an image.'
      })
    }
    return readConfig(response.body, digest)
  }

  #manifestRequest(method: Request['method'], { repository, tag, digest }: Reference): Request {
    const request = this.#endpoint.request(method, repository, `manifests/${digest ?? tag ?? ''}`)
    return { ...request, headers: { accept: acceptedManifests }, limit: MAXIMUM_MANIFEST_BYTES }
  }
}

function refusePage({ body, url }: Response): void {
  if (!isWebPage(body)) return
  throw unusable(`${describeRequest({ method: 'GET', url })}: the answer is a web page, not a manifest`, {
    advice: 'It may be a login page or a proxy. Check that the registry is the one you mean.'
  })
}

/** A write without an answer may be done all the same, even after the last look at it. */
function explainTimeout(error: unknown): never {
  if (!(error instanceof PromotionError) || error.code !== 'TIMED_OUT') throw error
  throw new PromotionError(error.code, `${error.message}; the registry may still carry out the upload`, {
    advice: 'Look at what the tag points to before you run the job again.',
    cause: error
  })
}

function unusable(message: string, details: { readonly advice: string }): PromotionError {
  return new PromotionError('MANIFEST_UNSUPPORTED', message, details)
}
