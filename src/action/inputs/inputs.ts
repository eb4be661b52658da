/** Reads the inputs: strings from the runner become an order and settings, or every mistake at once. */
import type { Login } from '../../oci/credential.ts'
import type { Request } from '../../promotion/request.ts'
import { type Registry, dockerHub, isAlwaysTls, parseRegistry } from '../../oci/registry-host.ts'
import { type Combined, combine } from './combine.ts'
import { splitList } from './lists.ts'
import { Mistakes, wrong } from './mistakes.ts'
import { readPromotions } from './promotions.ts'
import { readRepositories } from './repositories.ts'
import { checkRotation } from './rotation-names.ts'
import { type GivenOptions, optionNames, readOptions } from './options.ts'

/** The names of all inputs, as action.yml has them. */
export const inputNames = [
  'registry',
  'repository',
  'source',
  'target',
  'promotions',
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
  const { promotions, lines } = readImages(read, registry, mistakes)
  const login = mistakes.attempt('username', () => readLogin(read, registry))
  const insecure = splitList(read('insecure-registries')).map(host =>
    mistakes.attempt('insecure-registries', () => readInsecure(host))
  )
  const given = readOptions(read, mistakes)
  const request = { promotions, ...given.request }
  mistakes.attempt('expect-digest', () => {
    requireOneImage(request)
  })
  checkRotation(request, { lines, mistakes })
  mistakes.throwAny()
  return {
    request,
    options: given.options,
    login,
    githubToken: read('github-token'),
    insecure: new Set(insecure.filter(host => host !== undefined))
  }
}

/** Reads the images and their tags: from `promotions`, or from `repository`, `source` and `target`. */
function readImages(read: ReadInput, registry: Registry | undefined, mistakes: Mistakes): Combined {
  const text = read('promotions')
  const others = (['repository', 'source', 'target'] as const).filter(name => read(name) !== '')
  if (text === '') return combine(readRepositories(read, registry, mistakes), 'target', mistakes)
  mistakes.attempt('promotions', () => {
    if (others.length === 0) return
    throw wrong(
      `is given beside ${others.join(' and ')}`,
      'Give either promotions, or repository, source and target.'
    )
  })
  return combine(readPromotions(text, mistakes), 'promotions', mistakes)
}

/** A digest is that of one image. */
function requireOneImage({ promotions, requirements }: Request): void {
  if (requirements.digest === undefined || promotions.length < 2) return
  throw wrong(
    `is for one image, and there are ${promotions.length.toString()}`,
    'Write the digest into each source: name:tag@sha256:….'
  )
}

function readInsecure(host: string): Registry {
  const registry = parseRegistry(host)
  if (!isAlwaysTls(registry)) return registry
  throw wrong(
    `names ${registry}, which speaks TLS`,
    'Remove it: over plain HTTP, everyone on the way could read the login.'
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
