/** Reads the inputs: strings from the runner become an order and settings, or every mistake at once. */
import type { PromotionError } from '../../oci/errors.ts'
import type { Login } from '../../oci/credential.ts'
import { printable } from '../../oci/printable.ts'
import type { Request } from '../../promotion/request.ts'
import { type Registry, dockerHub, isAlwaysTls, parseRegistry } from '../../oci/registry-host.ts'
import { readAnnotations } from './annotations.ts'
import { type Combined, combine } from './combine.ts'
import type { ListFolder } from './folder.ts'
import { hostHabit, withoutScheme } from './habits.ts'
import { readList } from './lists.ts'
import { Mistakes, malformed, wrong } from './mistakes.ts'
import { readPromotions } from './promotions.ts'
import { readRepositories } from './repositories.ts'
import { checkRotation } from './rotation-names.ts'
import type { ImageInputs } from './sources.ts'
import type { ReadInput } from './known-inputs.ts'
import { type GivenOptions, readOptions } from './options.ts'

const NO_ANNOTATION =
  'annotations has no line for the index, so the index gets none: set DOCKER_METADATA_ANNOTATIONS_LEVELS: index in the env of docker/metadata-action.'

/** All that the user said. */
export interface Inputs {
  readonly request: Request
  readonly options: GivenOptions['options']
  readonly login: Login | undefined
  /** The job's token; empty when it is not given. */
  readonly githubToken: string
  readonly insecure: ReadonlySet<Registry>
  /** What the user should know of the inputs, though none of it is a mistake. */
  readonly warnings: readonly string[]
}

/** What reading the inputs depends on. */
export interface Reading {
  /** What is wrong already. */
  readonly mistakes?: Mistakes
  /** Lists the folder of `digests`; without it, there is none. */
  readonly listFolder?: ListFolder
}

/** Reads all inputs; throws one `INPUT_INVALID` (or `REFERENCE_INVALID`, when it is about references alone) that lists every mistake. */
export function readInputs(
  read: ReadInput,
  { mistakes = new Mistakes(), listFolder = () => ({ kind: 'missing' }) }: Reading = {}
): Inputs {
  const registry = readRegistry(read('registry'), mistakes)
  const { annotations, isGiven } = readAnnotations(read('annotations'), mistakes)
  const { promotions, lines } = readImages({ read, registry, annotations, listFolder, mistakes })
  const login = mistakes.attempt('username', () => readLogin(read, registry))
  const insecure = readInsecure(read('insecure-registries'), mistakes)
  const given = readOptions(read, mistakes)
  const request = { promotions, ...given.request }
  mistakes.attempt('expect-digest', () => {
    requireOneImage(request)
  })
  mistakes.attempt('annotations', () => {
    if (isGiven) requireIndex(request)
  })
  checkRotation(request, { lines, mistakes })
  mistakes.throwAny()
  return {
    request,
    options: given.options,
    login,
    githubToken: read('github-token'),
    insecure,
    warnings: isGiven && Object.keys(annotations).length === 0 ? [NO_ANNOTATION] : []
  }
}

/** Reads the images and their tags: from `promotions`, or from `repository`, `source` or `digests`, and `target`. */
function readImages(inputs: ImageInputs): Combined {
  const { read, mistakes } = inputs
  const text = read('promotions')
  const others = (['repository', 'source', 'digests', 'target'] as const).filter(name => read(name) !== '')
  if (text === '') return combine(readRepositories(inputs), 'target', mistakes)
  mistakes.attempt('promotions', () => {
    if (others.length === 0) return
    throw wrong(
      `cannot be combined with ${others.join(', ')}`,
      'Give either promotions, or repository, source (or digests) and target.'
    )
  })
  return combine(readPromotions(text, inputs), 'promotions', mistakes)
}

/** The annotations of an image that exists are part of it, and stay. */
function requireIndex({ promotions }: Request): void {
  if (promotions.length === 0 || promotions.some(({ source }) => source.kind === 'index')) return
  throw wrong(
    'are those of an index that is made here, and none is made',
    'Remove them, or give the parts of an index in source or digests. An image that exists stays as it is.'
  )
}

/** A digest is that of one image. */
function requireOneImage({ promotions, requirements }: Request): void {
  if (requirements.digest === undefined || promotions.length < 2) return
  throw wrong(
    `is for one image, and there are ${promotions.length.toString()}`,
    'Write the digest into each source: name:tag@sha256:….'
  )
}

/** Reads the registry. Of a URL or a path the host is taken, beside the mistake, so that the rest can be checked. */
function readRegistry(text: string, mistakes: Mistakes): Registry | undefined {
  return mistakes.attempt('registry', () => {
    const [host = '', ...path] = withoutScheme(text).split('/')
    const registry = parseRegistry(host || dockerHub)
    const mistake = path.length > 0 ? pathInHost(text, [registry, path.join('/')]) : hostHabit(text)
    if (mistake) mistakes.add('registry', mistake)
    return registry
  })
}

function pathInHost(text: string, [host, path]: readonly [string, string]): PromotionError {
  return malformed(
    `"${printable(text)}" holds more than a host`,
    `Write ${host} here, and ${printable(path)} at the beginning of repository.`
  )
}

function readInsecure(text: string, mistakes: Mistakes): Set<Registry> {
  const hosts = readList(text, mistake => {
    mistakes.add('insecure-registries', mistake)
  })
  const registries = hosts.map(host => mistakes.attempt('insecure-registries', () => parseInsecure(host)))
  return new Set(registries.filter(registry => registry !== undefined))
}

function parseInsecure(host: string): Registry {
  if (/^(?:true|false|yes|no|on|off)$/i.test(host))
    throw wrong(
      `"${printable(host)}" is not a host`,
      'The input is a list: name the hosts, such as registry.internal:5000.'
    )
  const habit = hostHabit(host)
  if (habit) throw habit
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
