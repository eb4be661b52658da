/** Reads the inputs `repository`, `source` and `target`: the same is done for each repository. */
import { printable } from '../../oci/printable.ts'
import { type Repository, asTarget, parseRepository } from '../../oci/reference.ts'
import { type Registry, dockerHub } from '../../oci/registry-host.ts'
import { MAXIMUM_TARGETS, distinctRepositories } from '../../promotion/request.ts'
import type { GivenPromotion } from './combine.ts'
import { readImage } from './images.ts'
import { splitList } from './lists.ts'
import { type Mistakes, wrong } from './mistakes.ts'

/** Reads one of these inputs; empty when it is not given. */
type Read = (name: 'repository' | 'source' | 'target') => string

// In place of a repository that cannot be read: bare names are checked all the same, for mistakes of their own.
const UNREADABLE: Repository = { registry: dockerHub, name: 'unreadable' }

/** Reads the source and the targets of each repository. Without a repository, all names must be full references. */
export function readRepositories(
  read: Read,
  registry: Registry | undefined,
  mistakes: Mistakes
): GivenPromotion[] {
  const homes = readHomes(read('repository'), registry, mistakes)
  // A mistake that all repositories have in common is reported once.
  const sources = mistakes.attempt('source', () => {
    const source = onlySource(read('source'))
    return homes.map(home => readImage(source, home))
  })
  const items = [...new Set(splitList(read('target')))]
  const isAmountRight = mistakes.attempt('target', () => checkAmount(items.length, homes.length))
  const targets = (isAmountRight ? items : []).flatMap(
    item => mistakes.attempt('target', () => [homes.map(home => asTarget(readImage(item, home)))]) ?? []
  )
  return (sources ?? []).map((reference, index) => ({
    source: { kind: 'image', reference },
    targets: targets.flatMap(perHome => perHome[index] ?? [])
  }))
}

function readHomes(
  text: string,
  registry: Registry | undefined,
  mistakes: Mistakes
): (Repository | undefined)[] {
  const names = splitList(text)
  if (names.length === 0) return [undefined]
  const homes = names.map(
    name =>
      mistakes.attempt('repository', () => (registry === undefined ? undefined : readHome(name, registry))) ??
      UNREADABLE
  )
  const readable = distinctRepositories(homes.filter(home => home !== UNREADABLE))
  return readable.length === 0 ? [UNREADABLE] : readable
}

function readHome(name: string, registry: Registry): Repository {
  const [host = '', ...rest] = name.split('/')
  const first = host.toLowerCase()
  if (
    rest.length > 0 &&
    (first.includes(':') || first === registry || (registry === dockerHub && first.includes('.')))
  ) {
    throw wrong(
      `"${printable(name)}" holds a registry`,
      `Write "${printable(rest.join('/'))}" here, and the host in registry.`
    )
  }
  return parseRepository(registry, name)
}

function onlySource(text: string): string {
  const [source, ...others] = splitList(text)
  if (source === undefined) {
    throw wrong(
      'is required',
      'Name the image to tag: a tag, a digest or a full reference. For several images, use promotions.'
    )
  }
  if (others.length === 0) return source
  throw wrong(
    `names ${(others.length + 1).toString()} images`,
    'Name one. For several images, use promotions.'
  )
}

function checkAmount(tags: number, repositories: number): true {
  if (tags === 0) {
    throw wrong(
      'names no tag',
      'Give at least one; if docker/metadata-action made the list, it found no tag for this event.'
    )
  }
  if (tags * repositories <= MAXIMUM_TARGETS) return true
  const where = repositories === 1 ? '' : ` in each of ${repositories.toString()} repositories`
  throw wrong(
    `names ${tags.toString()} tags${where}`,
    `Give at most ${MAXIMUM_TARGETS.toString()} in one step.`
  )
}
