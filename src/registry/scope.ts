/** Token scopes, `repository:NAME:ACTION,ACTION` (distribution, token scope documentation). */
import type { Access } from './http.ts'

/** Prints the scope that an access needs. */
export function formatScope({ repository, actions }: Access): string {
  return `repository:${repository.name}:${actions.join(',')}`
}

/**
 * Chooses the scope to ask a token server for. The challenge's own scope is sent word for word, for only its registry
 * knows what it means (Gitea says `*`, Artifactory and Cloudsmith name another repository); but where it is a part of
 * what the whole run needs in this very repository, all of that is asked for at once.
 */
export function chooseScope(challenged: string | undefined, access: Access): string {
  const needed = formatScope(access)
  if (challenged === undefined || challenged === '') return needed
  const prefix = `repository:${access.repository.name}:`
  if (!challenged.startsWith(prefix)) return challenged
  const actions: readonly string[] = access.actions
  return challenged
    .slice(prefix.length)
    .split(',')
    .every(action => actions.includes(action))
    ? needed
    : challenged
}
