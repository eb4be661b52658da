/** Token scopes, `repository:NAME:ACTION,ACTION`, several of them parted by blanks (distribution, token scope documentation). */
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

/** Parts a scope into the several ones that it may consist of. */
export function splitScope(scope: string): string[] {
  return scope.split(/\s+/).filter(part => part !== '')
}

/** Tells whether two scopes say the same; registries name scopes, and actions in them, in any order. */
export function isSameScope(one: string, other: string): boolean {
  return sorted(one) === sorted(other)
}

function sorted(scope: string): string {
  const parts = splitScope(scope).map(part => part.split(/[:,]/).sort().join())
  return parts.sort().join(' ')
}
