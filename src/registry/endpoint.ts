/** The addresses of the distribution API, and the access that requests to them need. */
import type { Action } from '../oci/credential.ts'
import type { Repository } from '../oci/reference.ts'
import { type Registry, apiOrigin } from '../oci/registry-host.ts'
import type { Access, Request } from './http/message.ts'

/** What requests to registries need to know of the run. */
export interface EndpointSettings {
  /** Registries to speak plain HTTP to, beside those on loopback. */
  readonly insecure: ReadonlySet<Registry>
  /** Tells whether a registry on loopback wants TLS. */
  readonly wantsTls: (registry: Registry) => boolean
  /** What the whole run will do in a repository, so that one token serves it. */
  readonly actionsIn: (repository: Repository) => readonly Action[]
}

/** Where registries are asked. */
export class Endpoint {
  readonly #settings: EndpointSettings

  constructor(settings: EndpointSettings) {
    this.#settings = settings
  }

  /** Makes a request for something below a repository, with no headers and no body; the body of the answer is not read. */
  request(method: Request['method'], repository: Repository, path: string): Request & { access: Access } {
    const { insecure, wantsTls } = this.#settings
    const { registry } = repository
    const origin = wantsTls(registry) ? `https://${registry}` : apiOrigin(registry, insecure)
    return {
      method,
      url: new URL(`${origin}/v2/${repository.name}/${path}`),
      headers: {},
      limit: 0,
      access: { repository, actions: this.#settings.actionsIn(repository) }
    }
  }
}
