/** Reads what a tag points to, with nothing of the action's own code: for registries that are open, ask for a password, or for a token. */

/** A repository in a registry, and who is to read it. */
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

/** Gives the digest of a tag; undefined where there is no such tag. Throws an error when the registry answers anything else. */
export async function digestOfTag(repository: Repository, tag: string): Promise<string | undefined> {
  const url = `${repository.base}/v2/${repository.name}/manifests/${tag}`
  const ask = (authorization?: string): Promise<Response> =>
    fetch(url, { method: 'HEAD', headers: { accept, ...(authorization !== undefined && { authorization }) } })
  const first = await ask()
  const challenge = first.headers.get('www-authenticate') ?? ''
  const answer = first.status === 401 ? await ask(await authorizationFor(repository, challenge)) : first
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`HEAD ${url} → ${answer.status.toString()}`)
  return answer.headers.get('docker-content-digest') ?? undefined
}

async function authorizationFor({ name, login }: Repository, challenge: string): Promise<string> {
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`
  const realm = /^bearer .*realm="([^"]*)"/i.exec(challenge)?.[1]
  if (realm === undefined) return basic ?? ''
  const server = new URL(realm)
  server.searchParams.set('scope', `repository:${name}:pull`)
  server.searchParams.set('service', /service="([^"]*)"/i.exec(challenge)?.[1] ?? '')
  const response = await fetch(server, { headers: { ...(basic !== undefined && { authorization: basic }) } })
  const { token, access_token: other } = (await response.json()) as Record<string, string | undefined>
  return `Bearer ${token ?? other ?? ''}`
}
