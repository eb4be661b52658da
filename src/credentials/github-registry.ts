/** Which registry the job's own token is for. */
import { type Registry, canonicalRegistry } from '../oci/registry-host.ts'

const GITHUB = 'https://github.com'

// Gitea's and Forgejo's runners set GITHUB_SERVER_URL too, to their own address: their tokens are not GitHub's.
const OTHER_SERVERS = ['GITEA_ACTIONS', 'FORGEJO_ACTIONS', 'FORGEJO']

/**
 * Names the container registry of the GitHub that runs the job, by the runner's `GITHUB_SERVER_URL`: ghcr.io, or `containers.HOST`
 * of a GitHub Enterprise. Undefined if the environment does not say: the token must not be sent to another server.
 */
export function githubRegistry(env: Readonly<Record<string, string | undefined>>): Registry | undefined {
  const server = env.GITHUB_SERVER_URL ?? ''
  if (OTHER_SERVERS.some(name => env[name])) return undefined
  const { protocol, host, origin } = URL.canParse(server) ? new URL(server) : new URL('data:')
  if (origin === GITHUB) return canonicalRegistry('ghcr.io')
  return protocol === 'https:' ? canonicalRegistry(`containers.${host}`) : undefined
}
