/** Reads the inputs: strings from the runner become an order and settings, or every mistake at once. */
import type { Login } from '../../oci/credential.ts'
import { MAXIMUM_TARGETS, type Request } from '../../promotion/request.ts'
import {
  type Reference,
  type Repository,
  type Target,
  asTarget,
  formatReference,
  isFullReference,
  parseImage,
  parseReference,
  parseRepository
} from '../../oci/reference.ts'
import { printable } from '../../oci/printable.ts'
import { type Registry, dockerHub, parseRegistry } from '../../oci/registry-host.ts'
import { splitList } from './lists.ts'
import { Mistakes, wrong } from './mistakes.ts'
import { checkRotation } from './rotation-names.ts'
import { type GivenOptions, optionNames, readOptions } from './options.ts'

/** The names of all inputs, as action.yml has them. */
export const inputNames = [
  'registry',
  'repository',
  'source',
  'target',
  'username',
  'password',
  'github-token',
  ...optionNames,
  'insecure-registries'
] as const

/** The inputs that nobody may see. */
export const secretInputs: readonly string[] = [
  'password',
  'github-token'
] satisfies (typeof inputNames)[number][]

/** Reads one input; empty when it is not given. */
export type ReadInput = (name: (typeof inputNames)[number]) => string

/** All that the user said. */
export interface Inputs {
  readonly request: Request
  readonly options: GivenOptions['options']
  readonly login: Login | undefined
  /** The job's token; empty when it is not given. */
  readonly githubToken: string
  readonly insecure: ReadonlySet<Registry>
}

/** Reads all inputs; throws one `INPUT_INVALID` (or `REFERENCE_INVALID`, when it is about references alone) that lists every mistake. */
export function readInputs(read: ReadInput): Inputs {
  const mistakes = new Mistakes()
  const registry = mistakes.attempt('registry', () => parseRegistry(read('registry') || dockerHub))
  const home = mistakes.attempt('repository', () => readHome(read, registry)) ?? anyHome(read)
  const source = mistakes.attempt('source', () => readSource(read('source'), home))
  const targets = readTargets(read('target'), { home, mistakes })
  const login = mistakes.attempt('username', () => readLogin(read, registry))
  const insecure = splitList(read('insecure-registries')).map(host =>
    mistakes.attempt('insecure-registries', () => parseRegistry(host))
  )
  const given = readOptions(read, mistakes)
  const request = { promotions: source ? [{ source, targets }] : [], ...given.request }
  checkRotation(request, mistakes)
  mistakes.throwAny()
  return {
    request,
    options: given.options,
    login,
    githubToken: read('github-token'),
    insecure: new Set(insecure.filter(host => host !== undefined))
  }
}

// Where a repository is given, but cannot be read: bare names are looked through all the same, for mistakes of their own.
const ANY_HOME: Repository = { registry: dockerHub, name: 'unread' }

function anyHome(read: ReadInput): Repository | undefined {
  return read('repository') === '' ? undefined : ANY_HOME
}

/** The repository of bare tags and digests: absent when none is given, an error that is thrown only where one is needed. */
function readHome(read: ReadInput, registry: Registry | undefined): Repository | undefined {
  const name = read('repository')
  if (name === '' || registry === undefined) return undefined
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

function readSource(text: string, home: Repository | undefined): Reference {
  const [source, ...others] = splitList(text)
  if (source === undefined)
    throw wrong('is required', 'Name the image to tag: a tag, a digest or a full reference.')
  if (others.length > 0)
    throw wrong(`names ${(others.length + 1).toString()} images`, 'Name one; a step promotes one image.')
  return readImage(source, home)
}

function readTargets(
  text: string,
  { home, mistakes }: { home: Repository | undefined; mistakes: Mistakes }
): Target[] {
  const items = [...new Set(splitList(text))]
  mistakes.attempt('target', () => {
    if (items.length === 0) {
      throw wrong(
        'names no tag',
        'Give at least one; if docker/metadata-action made the list, it found no tag for this event.'
      )
    }
    if (items.length > MAXIMUM_TARGETS) {
      throw wrong(
        `names ${items.length.toString()} tags`,
        `Give at most ${MAXIMUM_TARGETS.toString()} in one step.`
      )
    }
  })
  const targets = items
    .slice(0, MAXIMUM_TARGETS)
    .map(item => mistakes.attempt('target', () => asTarget(readImage(item, home))))
    .filter(target => target !== undefined)
  return [...new Map(targets.map(target => [formatReference(target), target])).values()]
}

function readImage(text: string, home: Repository | undefined): Reference {
  if (home !== undefined) return parseImage(text, home)
  if (isFullReference(text)) return parseReference(text)
  throw wrong(
    `"${printable(text)}" is a bare name, and repository is not given`,
    'Give repository, or write the full reference.'
  )
}

function readLogin(read: ReadInput, registry: Registry | undefined): Login | undefined {
  const username = read('username')
  const password = read('password')
  if (username === '' && password === '') return undefined
  if (username === '' || password === '') {
    throw wrong(
      username === '' ? 'is missing, and password is given' : 'is given without password',
      'Give both, or none. A secret that is not set is empty.'
    )
  }
  return registry && { registry, username, password }
}
