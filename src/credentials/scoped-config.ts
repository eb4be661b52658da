/**
 * The logins that docker/login-action writes for a `scope`, in Docker configurations of their own below Buildx's:
 *
 *     scope: acme/app@push      DIRECTORY/config/HOST/acme/app@push/config.json
 *     scope: acme/app           DIRECTORY/config/HOST/acme/app/config.json
 *     scope: '@push'            DIRECTORY/config/HOST@push/config.json
 *
 * A scope fits when its repository is the one wanted, or it has none, and all of its actions are wanted
 * (github.com/docker/buildx, util/dockerutil/dockerconfig). Docker Hub's host is registry-1.docker.io.
 */
import { join } from 'node:path'
import type { Action } from '../oci/credential.ts'
import type { Repository } from '../oci/reference.ts'
import { dockerHub } from '../oci/registry-host.ts'

// The most actions first; of single ones, the rarer.
const SCOPES: readonly (readonly Action[])[] = [['pull', 'push'], ['push', 'pull'], ['push'], ['pull']]

/** Lists the files that may have a scoped login for this, the best match first: for the repository before the host, for more actions before fewer. */
export function scopedConfigPaths(
  buildxDirectory: string,
  { registry, name }: Repository,
  actions: readonly Action[]
): string[] {
  const host = join(buildxDirectory, 'config', registry === dockerHub ? 'registry-1.docker.io' : registry)
  const fitting = SCOPES.filter(scope => scope.every(action => actions.includes(action)))
  const suffixes = [...fitting.map(scope => `@${scope.join(',')}`), '']
  return [join(host, name), host].flatMap(place =>
    suffixes.map(suffix => join(`${place}${suffix}`, 'config.json'))
  )
}
