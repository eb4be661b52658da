/**
 * Reads a repository with none of the action's own code: registries that are open, that ask for a password or for a token, and that
 * limit requests.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** A repository in a registry, and who reads it. */
export interface Repository {
  /** `https://registry.example.com` */
  readonly base: string
  readonly name: string
  readonly login?: { readonly username: string; readonly password: string }
}

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json'
].join(', ')

// Of one request, to a registry that limits them.
const ATTEMPTS = 30

/** Gives the digest of a manifest by tag or digest; undefined where there is none. Throws when the registry answers anything else. */
export async function digestOf(repository: Repository, reference: string): Promise<string | undefined> {
  const answer = await ask(repository, `manifests/${reference}`, 'HEAD')
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`HEAD ${answer.url} → ${answer.status.toString()}`)
  return answer.headers.get('docker-content-digest') ?? undefined
}

/** Lists the digests of what refers to a manifest: by the API, or by the tag where the registry does not have the API. */
export async function referrersOf(repository: Repository, digest: string): Promise<string[]> {
  const places = [`referrers/${digest}`, `manifests/${digest.replace(':', '-')}`]
  for (const place of places) {
    const answer = await ask(repository, place, 'GET')
    const list = answer.status === 200 ? ((await answer.json()) as { manifests?: { digest: string }[] }) : {}
    if (list.manifests) return list.manifests.map(descriptor => descriptor.digest)
  }
  return []
}

async function ask(repository: Repository, path: string, method: 'GET' | 'HEAD'): Promise<Response> {
  const url = `${repository.base}/v2/${repository.name}/${path}`
  const send = (authorization?: string): Promise<Response> =>
    patient(url, { method, headers: { accept, ...(authorization !== undefined && { authorization }) } })
  const first = await send()
  if (first.status !== 401) return first
  return send(await authorizationFor(repository, first.headers.get('www-authenticate') ?? ''))
}

/** Sends a request again while the registry limits requests. */
async function patient(url: string | URL, options: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, options)
    if (answer.status !== 429 || attempt === ATTEMPTS) return answer
    await sleep(Math.max(1, Number(answer.headers.get('retry-after'))) * 1000)
  }
}

async function authorizationFor({ name, login }: Repository, challenge: string): Promise<string> {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  const realm = /^bearer .*realm="([^"]*)"/i.exec(challenge)?.[1]
  if (realm === undefined) return basic ?? ''
  const server = new URL(realm)
  server.searchParams.set('scope', `repository:${name}:pull`)
  server.searchParams.set('service', /service="([^"]*)"/i.exec(challenge)?.[1] ?? '')
  const response = await patient(server, {
    headers: { ...(basic !== undefined && { authorization: basic }) }
  })
  const { token, access_token: other } = (await response.json()) as Record<string, string | undefined>
  return `Bearer ${token ?? other ?? ''}`
}
