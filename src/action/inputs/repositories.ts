/** Reads the inputs `repository` and `target`, and the source of each repository: the same is done for each. */
import { printable } from '../../oci/printable.ts'
import { type Repository, type Target, asTarget, parseRepository } from '../../oci/reference.ts'
import { type Registry, dockerHub } from '../../oci/registry-host.ts'
import { MAXIMUM_TARGETS, distinctRepositories } from '../../promotion/request.ts'
import type { GivenPromotion } from './combine.ts'
import { hostHabit } from './habits.ts'
import { UNREADABLE, hostCheck, readImage } from './images.ts'
import { readList } from './lists.ts'
import { type Mistakes, malformed, wrong } from './mistakes.ts'
import { type ImageInputs, readSources } from './sources.ts'

/** Reads the source and the targets of each repository. Without a repository, all names must be full references. */
export function readRepositories(inputs: ImageInputs): GivenPromotion[] {
  const { read, registry, mistakes } = inputs
  const itemsOf = (input: 'repository' | 'target'): string[] => [
    ...new Set(
      readList(read(input), mistake => {
        mistakes.add(input, mistake)
      })
    )
  ]
  const homes = readHomes(itemsOf('repository'), registry, mistakes)
  const sources = readSources(homes, inputs)
  const items = itemsOf('target')
  const checkHost = hostCheck(items, registry)
  const isAmountRight = mistakes.attempt('target', () => checkAmount(items.length, homes.length))
  // A mistake that all repositories have in common is reported once.
  const readTarget = (item: string): Target[] => {
    checkHost(item)
    return homes.map(home => asTarget(readImage(item, home)))
  }
  const targets = (isAmountRight ? items : []).flatMap(
    item => mistakes.attempt('target', () => [readTarget(item)]) ?? []
  )
  return (sources ?? []).map((source, index) => ({
    source,
    targets: targets.flatMap(perHome => perHome[index] ?? [])
  }))
}

function readHomes(
  names: readonly string[],
  registry: Registry | undefined,
  mistakes: Mistakes
): (Repository | undefined)[] {
  if (names.length === 0) return [undefined]
  const homes = names.map(
    name =>
      mistakes.attempt('repository', () => readHome(name, registry ?? UNREADABLE.registry)) ?? UNREADABLE
  )
  const readable = distinctRepositories(homes.filter(home => home !== UNREADABLE))
  return readable.length === 0 ? [UNREADABLE] : readable
}

function readHome(name: string, registry: Registry): Repository {
  const habit = hostHabit(name)
  if (habit) throw habit
  const path = withoutHost(name, registry)
  const [, repository = path, tag] = /^(.*?)[@:](.*)$/s.exec(path) ?? []
  if (name === repository) return parseRepository(registry, name)
  const inSource = tag ? `, and ${printable(tag)} in source` : ''
  if (path === name) {
    throw malformed(
      `"${printable(name)}" holds a ${name.includes('@') ? 'digest' : 'tag'}`,
      `Write ${printable(repository)} here${inSource}.`
    )
  }
  const host = name.slice(0, -path.length - 1)
  throw wrong(
    `"${printable(name)}" holds a registry`,
    `Write ${printable(repository)} here, ${printable(host)} in registry${inSource}.`
  )
}

/** Removes a registry before the name of a repository. */
function withoutHost(name: string, registry: Registry): string {
  const [first = '', ...rest] = name.split('/')
  const host = first.toLowerCase()
  const isHost = host.includes(':') || host === registry || (registry === dockerHub && host.includes('.'))
  return rest.length > 0 && isHost ? rest.join('/') : name
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
