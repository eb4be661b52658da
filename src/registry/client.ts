/** The OCI distribution API, as far as Retag uses it. Satisfies the ports of `promote/` by its shape. */
import type { Action } from '../core/credential.ts'
import { type Digest, digestOf, isDigest } from '../core/digest.ts'
import { PromotionError } from '../core/errors.ts'
import { type ImageConfig, MAXIMUM_CONFIG_BYTES, readConfig } from '../core/image-config.ts'
import { MAXIMUM_MANIFEST_BYTES, type Manifest, readManifest } from '../core/manifest.ts'
import { acceptedManifests } from '../core/media-type.ts'
import { printable } from '../core/printable.ts'
import { type Reference, type Repository, type Target } from '../core/reference.ts'
import { type Registry, apiOrigin } from '../core/registry-host.ts'
import type { Request, Send } from './http.ts'
import { responseError } from './response-error.ts'

/** What the client needs to know of the run. */
export interface ClientSettings {
  /** Registries to speak plain HTTP to, beside those on loopback. */
  readonly insecure: ReadonlySet<Registry>
  /** What the whole run will do in a repository, so that one token serves it. */
  readonly actionsIn: (repository: Repository) => readonly Action[]
}

/** A client of any number of registries. Every method throws `PromotionError`. */
export class RegistryClient {
  readonly #send: Send
  readonly #settings: ClientSettings

  constructor(send: Send, settings: ClientSettings) {
    this.#send = send
    this.#settings = settings
  }

  /** Fetches a manifest (specification, *Pulling manifests*), checks and reads it; undefined when there is none. */
  async getManifest(reference: Reference): Promise<Manifest | undefined> {
    const request = this.#manifestRequest('GET', reference)
    const response = await this.#send(request)
    if (response.status === 404) return undefined
    if (response.status !== 200) throw responseError(request, response)
    if (response.truncated) {
      throw new PromotionError(
        'MANIFEST_UNSUPPORTED',
        'the manifest is larger than 4 MiB, the most that registries agree on',
        {
          advice: 'Check that the reference names an image.'
        }
      )
    }
    return readManifest({
      bytes: response.body,
      contentType: response.headers['content-type'] ?? '',
      digestHeader: response.headers['docker-content-digest'],
      asked: reference.digest
    })
  }

  /**
   * Asks for a manifest's digest (specification, *Checking if content exists*); undefined when there is none.
   * Where HEAD does not tell, GET does: the answer lacks the digest, is an error (HEAD cannot say why), or HEAD is not known.
   */
  async headManifest(reference: Reference): Promise<Digest | undefined> {
    const response = await this.#send(this.#manifestRequest('HEAD', reference))
    if (response.status === 404) return undefined
    const digest = response.headers['docker-content-digest'] ?? ''
    if (response.status === 200 && isDigest(digest)) return digest
    return (await this.getManifest(reference))?.digest
  }

  /** Uploads a manifest's bytes under a tag (specification, *Pushing manifests*) and checks that the registry kept them. */
  async putManifest(target: Target, manifest: Manifest): Promise<void> {
    const { bytes, mediaType, digest } = manifest
    const request = this.#manifestRequest('PUT', target)
    const response = await this.#send({ ...request, headers: { 'content-type': mediaType }, body: bytes })
    if (response.status < 200 || response.status > 204) throw responseError(request, response)
    const named = response.headers['docker-content-digest']
    // Any web server says 200 to everything: what is not the specification's 201 with a digest is looked up.
    const kept = response.status === 201 && named !== undefined ? named : await this.headManifest(target)
    if (kept === digest || (kept !== undefined && isDigest(kept) && kept === digestOf(bytes, kept))) return
    throw new PromotionError(
      'DIGEST_MISMATCH',
      `uploaded ${digest}, the registry has ${printable(kept ?? 'nothing')}`,
      {
        advice: 'The registry, or something before it, changes manifests. Look at what the tag points to now.'
      }
    )
  }

  /** Fetches the config of an image (specification, *Pulling blobs*), checks and reads it. */
  async getConfig(repository: Repository, digest: Digest): Promise<ImageConfig> {
    const limit = MAXIMUM_CONFIG_BYTES
    const request: Request = {
      method: 'GET',
      headers: {},
      limit,
      ...this.#place(repository, `blobs/${digest}`)
    }
    const response = await this.#send(request)
    if (response.status !== 200) throw responseError(request, response)
    if (response.truncated) {
      throw new PromotionError('MANIFEST_UNSUPPORTED', "the image's config is larger than 4 MiB", {
        advice: 'No builder makes such a config. Check that the reference names an image.'
      })
    }
    return readConfig(response.body, digest)
  }

  #manifestRequest(method: Request['method'], { repository, tag, digest }: Reference): Request {
    return {
      method,
      headers: { accept: acceptedManifests },
      limit: MAXIMUM_MANIFEST_BYTES,
      ...this.#place(repository, `manifests/${digest ?? tag ?? ''}`)
    }
  }

  #place(repository: Repository, path: string): Required<Pick<Request, 'url' | 'access'>> {
    const origin = apiOrigin(repository.registry, this.#settings.insecure)
    return {
      url: new URL(`${origin}/v2/${repository.name}/${path}`),
      access: { repository, actions: this.#settings.actionsIn(repository) }
    }
  }
}
