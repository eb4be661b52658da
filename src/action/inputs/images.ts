/**
 * Reads images in inputs: bare tags and digests, full references, and placeholders in these.
 *
 *     in repository acme/api          {repository} = acme/api          {name} = api
 *     docker.io/acmehub/{name}:1.4.0  docker.io/acmehub/api:1.4.0
 */
import { printable } from '../../oci/printable.ts'
import {
  type Reference,
  type Repository,
  isFullReference,
  parseImage,
  parseReference
} from '../../oci/reference.ts'
import { type Registry, dockerHub, parseRegistry } from '../../oci/registry-host.ts'
import { imageHabit } from './habits.ts'
import { wrong } from './mistakes.ts'

/** In place of a repository that cannot be read: the rest is checked all the same, for mistakes of its own. */
export const UNREADABLE: Repository = { registry: parseRegistry('registry.invalid'), name: 'unreadable' }

/** Reads an image. `home` is the repository of bare names and of placeholders. Throws the mistake. */
export function readImage(text: string, home: Repository | undefined): Reference {
  const habit = imageHabit(text)
  if (habit) throw habit
  const filled = /[{}]/.test(text) ? fill(text, home) : text
  if (home !== undefined) return parseImage(filled, home)
  if (isFullReference(filled)) return parseReference(filled)
  throw wrong(
    `"${printable(text)}" is a bare name, and repository is not given`,
    'Give repository, or write the full reference.'
  )
}

/**
 * Makes the check for images of a list that name no registry: they are on Docker Hub, as Docker reads them. Where `registry` is another,
 * that is a mistake, unless the list names hosts too, as the one of docker/metadata-action for several registries does.
 */
export function hostCheck(items: readonly string[], registry: Registry | undefined): (item: string) => void {
  if (registry === undefined || registry === dockerHub || items.some(namesHost)) return () => undefined
  return item => {
    if (!isFullReference(item) || namesHost(item) || imageHabit(item)) return
    const shown = printable(item)
    throw wrong(
      `"${shown}" names no registry, and registry is ${registry}`,
      `Write ${registry}/${shown}; or ${dockerHub}/${shown}, if Docker Hub is meant.`
    )
  }
}

/** Tells whether an image names the registry that it is in. */
function namesHost(text: string): boolean {
  const [first = '', ...rest] = text.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
}

/** Replaces the placeholders of a full reference. */
function fill(text: string, home: Repository | undefined): string {
  const shown = printable(text)
  if (!isFullReference(text)) {
    throw wrong(
      `"${shown}" has a placeholder, but is not a full reference`,
      'Write the full reference, such as docker.io/acme/{name}:1.4.0.'
    )
  }
  if (home === undefined)
    throw wrong(`"${shown}" has a placeholder, but no repository to take it from`, 'Write the name instead.')
  const { name } = home
  const filled = text
    .replaceAll('{repository}', () => name)
    .replaceAll('{name}', () => name.slice(name.lastIndexOf('/') + 1))
  if (!/[{}]/.test(filled)) return filled
  throw wrong(`"${shown}" has an unknown placeholder`, 'Only {repository} and {name} are placeholders.')
}
