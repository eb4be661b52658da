/** Token scopes, `repository:NAME:ACTION,ACTION`, several of them parted by blanks (distribution, token scope documentation). */
import type { Action } from '../../oci/credential.ts'
import type { Repository } from '../../oci/reference.ts'
import type { Access } from '../http/message.ts'

/** Prints the scope that an access needs: two of them for a mount. */
export function formatScope({ repository, actions, from }: Access): string {
  const scopes = [scopeOf(repository, actions), ...(from ? [scopeOf(from, ['pull'])] : [])]
  return scopes.join(' ')
}

/**
 * Chooses the scope to ask a token server for. The challenge's own scope is sent word for word, for only its registry
 * knows what it means (Gitea says `*`, Artifactory and Cloudsmith name another repository); but where it is a part of
 * what the whole run needs in these very repositories, all of that is asked for at once.
 */
export function chooseScope(challenged: string | undefined, access: Access): string {
  const needed = formatScope(access)
  if (challenged === undefined || challenged === '') return needed
  const wholes = splitScope(needed)
  const isNeeded = (part: string): boolean => wholes.some(whole => isPartOf(part, whole))
  return splitScope(challenged).every(isNeeded) ? needed : challenged
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

function scopeOf({ name }: Repository, actions: readonly Action[]): string {
  return `repository:${name}:${actions.join(',')}`
}

function isPartOf(part: string, whole: string): boolean {
  const [subject, actions] = parted(part)
  const [wholeSubject, wholeActions] = parted(whole)
  return subject === wholeSubject && actions.every(action => wholeActions.includes(action))
}

/** Parts a scope into what it is for and what may be done: a name may hold colons itself, a host's port. */
function parted(scope: string): [string, string[]] {
  const colon = scope.lastIndexOf(':')
  return [scope.slice(0, colon), scope.slice(colon + 1).split(',')]
}
