/** Reads the inputs `source` and `digests` for each repository: an image, or the parts of an index. */
import type { Reference, Repository } from '../../oci/reference.ts'
import type { Registry } from '../../oci/registry-host.ts'
import { MAXIMUM_PARTS, type Source } from '../../promotion/source.ts'
import { imageOf } from './combine.ts'
import { digestsIn } from './digests.ts'
import type { ListFolder } from './folder.ts'
import { hostCheck, readImage } from './images.ts'
import type { ReadInput } from './known-inputs.ts'
import { readList } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** What the inputs that name images are read with. */
export interface ImageInputs {
  readonly read: ReadInput
  /** Undefined where it cannot be read. */
  readonly registry: Registry | undefined
  readonly annotations: Readonly<Record<string, string>>
  readonly listFolder: ListFolder
  readonly mistakes: Mistakes
}

/** Reads the source of each repository; undefined where there is a mistake. */
export function readSources(
  homes: readonly (Repository | undefined)[],
  inputs: ImageInputs
): Source[] | undefined {
  const { read, mistakes } = inputs
  if (read('digests') === '') return mistakes.attempt('source', () => readSource(homes, inputs))
  mistakes.attempt('digests', () => {
    if (read('source') !== '') throw wrong('cannot be combined with source', 'Give one of the two.')
  })
  return mistakes.attempt('digests', () => readDigests(homes, inputs))
}

/** Makes the source of one or several images. The same image twice counts once. Throws the mistake. */
export function sourceOf(
  references: readonly [Reference, ...Reference[]],
  annotations: Readonly<Record<string, string>>
): Source {
  const [first] = references
  const seen = new Set<string>()
  const [, ...others] = references.filter(reference => {
    const isNew = !seen.has(imageOf(reference))
    seen.add(imageOf(reference))
    return isNew
  })
  if (others.length === 0) return { kind: 'image', reference: first }
  if (others.length < MAXIMUM_PARTS)
    return { kind: 'index', parts: [first, ...others], order: 'given', annotations }
  throw wrong(
    `names ${(others.length + 1).toString()} images`,
    `An index is made of at most ${MAXIMUM_PARTS.toString()} parts.`
  )
}

function readSource(
  homes: readonly (Repository | undefined)[],
  { read, registry, annotations, mistakes }: ImageInputs
): Source[] {
  const [first, ...others] = readList(read('source'), mistake => {
    mistakes.add('source', mistake)
  })
  if (first === undefined) {
    throw wrong(
      'is required',
      'Name the image to tag: a tag, a digest or a full reference; or give digests or promotions instead.'
    )
  }
  const checkHost = hostCheck([first, ...others], registry)
  const readPart = (item: string): (Reference | undefined)[] => {
    checkHost(item)
    return homes.map(home => readImage(item, home))
  }
  // A mistake that all repositories have in common is reported once.
  const parts = [first, ...others].flatMap(item => {
    const perHome = mistakes.attempt('source', () => readPart(item))
    return perHome === undefined ? [] : [perHome]
  })
  return homes.flatMap((_, index) => {
    const [part, ...rest] = parts.flatMap(perHome => perHome[index] ?? [])
    return part === undefined ? [] : [sourceOf([part, ...rest], annotations)]
  })
}

function readDigests(
  homes: readonly (Repository | undefined)[],
  { read, annotations, listFolder }: ImageInputs
): Source[] {
  const [first, ...others] = digestsIn(read('digests'), listFolder)
  return homes.map(repository => {
    if (repository === undefined)
      throw wrong('is given without repository', 'Give the repository that the builds pushed to.')
    return {
      kind: 'index',
      parts: [{ repository, digest: first }, ...others.map(digest => ({ repository, digest }))],
      order: 'platform',
      annotations
    }
  })
}
