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
import { wrong } from './mistakes.ts'

/** Reads an image. `home` is the repository of bare names and of placeholders. Throws the mistake. */
export function readImage(text: string, home: Repository | undefined): Reference {
  const filled = /[{}]/.test(text) ? fill(text, home) : text
  if (home !== undefined) return parseImage(filled, home)
  if (isFullReference(filled)) return parseReference(filled)
  throw wrong(
    `"${printable(text)}" is a bare name, and repository is not given`,
    'Give repository, or write the full reference.'
  )
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
