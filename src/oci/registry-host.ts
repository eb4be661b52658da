/** Registry hosts: the grammar, Docker Hub's several names, and where each registry's API is. */
import { PromotionError } from './errors.ts'
import { printable } from './printable.ts'

/** A registry's canonical host, lower case, with `:port` where there is one; Docker Hub is `docker.io`. */
export type Registry = string & { readonly __brand: 'Registry' }

/** Docker Hub by its canonical name. */
export const dockerHub = 'docker.io' as Registry

const dockerHubNames: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

// Docker has kept Docker Hub's login under this name since its first registry.
const DOCKER_HUB_SERVER = 'https://index.docker.io/v1/'

// host := label ("." label)* | "[" IPv6 "]"      registry := host [":" port]
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const REGISTRY = new RegExp(`^(${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:]+(?:\\.[0-9.]+)?\\])(?::([0-9]{1,5}))?$`)
const PUBLIC = new RegExp(
  `^(?:docker\\.io|ghcr\\.io|quay\\.io|(?:.+\\.)?gcr\\.io|.+\\.pkg\\.dev|public\\.ecr\\.aws|.+\\.azurecr\\.(?:io|cn|us)|registry\\.gitlab\\.com|` +
    `[0-9]{12}\\.dkr\\.ecr(?:-fips)?\\..+\\.amazonaws\\.com(?:\\.cn)?|[0-9]{12}\\.dkr-ecr(?:-fips)?\\..+\\.on\\.aws)$`
)
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/

/** Lowers the letters of ASCII alone: other alphabets have letters that become Latin ones, such as the Kelvin sign. */
export function lowered(text: string): string {
  return text.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

/** Reads a registry host in any letter case; throws `REFERENCE_INVALID`. */
export function parseRegistry(text: string): Registry {
  const host = lowered(text)
  if (!REGISTRY.test(host) || !isPlain(host)) {
    throw new PromotionError('REFERENCE_INVALID', `"${printable(text)}" is not a registry host`, {
      advice:
        'Write the host alone, with :port where there is one, such as ghcr.io, registry.example.com:5000 or [::1]:5000; an ' +
        'address in its usual form.'
    })
  }
  return canonicalRegistry(host)
}

/**
 * Tells whether an address holds a host as it is written. It reads `127.1` as 127.0.0.1 and port 0443 as 443: what is compared,
 * looked up and shown would be another host than the one that is asked.
 */
function isPlain(host: string): boolean {
  if (!URL.canParse(`https://${host}`)) return false
  const url = new URL(`https://${host}`)
  return url.port !== '0' && [url.host, `${url.host}:443`].includes(host)
}

/** Gives the canonical name of a host that is not checked against the grammar: lower case, and one for Docker Hub. */
export function canonicalRegistry(host: string): Registry {
  const name = host.toLowerCase()
  return (dockerHubNames.includes(name) ? dockerHub : name) as Registry
}

/** Gives the name under which Docker keeps a registry's login, and by which credential helpers know it. */
export function serverOf(registry: Registry): string {
  return registry === dockerHub ? DOCKER_HUB_SERVER : registry
}

/** Tells whether a registry runs on this machine (`localhost`, `*.localhost`, `127.0.0.0/8`, `[::1]`), whatever its port. */
export function isLoopback(registry: Registry): boolean {
  return LOOPBACK.test(registry.replace(/:[0-9]+$/, ''))
}

/** Tells whether a registry is a public one that always speaks TLS: plain HTTP to it would show a login to the whole network. */
export function isAlwaysTls(registry: Registry): boolean {
  return PUBLIC.test(registry.replace(/:[0-9]+$/, ''))
}

/**
 * Gives the origin of a registry's API: Docker Hub's is on a host of its own; loopback and the registries listed as
 * insecure are spoken to over plain HTTP, all others over HTTPS.
 */
export function apiOrigin(registry: Registry, insecure: ReadonlySet<Registry>): string {
  if (registry === dockerHub) return 'https://registry-1.docker.io'
  return `${isLoopback(registry) || insecure.has(registry) ? 'http' : 'https'}://${registry}`
}
