/** Token scopes, `repository:NAME:ACTION,ACTION`, several of them separated by spaces (distribution, token scope documentation). */
import type { Access } from '../http/message.ts'

/** What a run needs in one repository. */
interface Need {
  readonly name: string
  readonly actions: readonly string[]
}

/** How a registry writes the scope of a repository. */
interface Form {
  readonly nameOf: (name: string) => string
  /** What it writes instead of actions. */
  readonly action?: string
}

// The first that explains a whole challenge counts.
const forms: readonly Form[] = [
  // The specification's.
  { nameOf: name => name },
  // Artifactory leaves out the first part of the name, its repository key.
  { nameOf: name => name.replace(/^[^/]+\//, '') },
  // Cloudsmith leaves out the last part, the image, and knows no actions.
  { nameOf: name => name.replace(/\/[^/]+$/, ''), action: 'any' }
]

// Scopes that name no repository: Gitea and Forgejo have one for everything, ECR Public one for itself.
const fixed: readonly string[] = ['*', 'aws']

// Azure asks for it before it lists the tags of a repository.
const LIST_TAGS = 'metadata_read'

/** Prints the scope that an access needs: two of them for a mount. */
export function formatScope(access: Access): string {
  return needsOf(access)
    .map(need => print(need.name, need.actions))
    .join(' ')
}

/**
 * Chooses the scope to ask a token server for: all that the run needs in its repositories, written as the challenge writes
 * it. A challenge in no known form, or one that names more actions or another repository, does not widen it.
 */
export function chooseScope(challenged: string | undefined, access: Access): string {
  const parts = splitScope(challenged ?? '')
  const named = parts.join(' ')
  if (fixed.includes(named)) return named
  const needs = needsOf(access)
  const form = forms.find(candidate => parts.every(part => needs.some(need => fits(part, need, candidate))))
  if (form === undefined) return formatScope(access)
  const scopes = needs.map(({ name, actions }) => {
    const own = form.nameOf(name)
    const listsTags = parts.some(
      part => part.startsWith(`repository:${own}:`) && part.split(/[:,]/).includes(LIST_TAGS)
    )
    return print(
      own,
      form.action === undefined ? [...actions, ...(listsTags ? [LIST_TAGS] : [])] : [form.action]
    )
  })
  return [...new Set(scopes)].join(' ')
}

/** Splits a text into its scopes. */
export function splitScope(scope: string): string[] {
  return scope.split(/\s+/).filter(part => part !== '')
}

/** Tells whether two scopes are equal; registries list scopes and their actions in any order. */
export function isSameScope(one: string, other: string): boolean {
  return sorted(one) === sorted(other)
}

function sorted(scope: string): string {
  const parts = splitScope(scope).map(part => part.split(/[:,]/).sort().join())
  return parts.sort().join(' ')
}

function needsOf({ repository, actions, from }: Access): Need[] {
  return [{ name: repository.name, actions }, ...(from ? [{ name: from.name, actions: ['pull'] }] : [])]
}

function print(name: string, actions: readonly string[]): string {
  return `repository:${name}:${actions.join(',')}`
}

function fits(part: string, { name }: Need, { nameOf, action }: Form): boolean {
  const start = `repository:${nameOf(name)}:`
  return part.startsWith(start) && (action === undefined || part === start + action)
}
