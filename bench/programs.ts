/** The programs that are measured: Retag, a bare script, and other tools that are installed. */
import { execFileSync } from 'node:child_process'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Place } from './place.ts'

/** An image to be tagged or copied. */
export interface Work {
  readonly from: Place
  readonly to: Place
  readonly repository: string
  /** All repositories of the work; the first is `repository`. */
  readonly repositories: readonly string[]
  readonly source: string
  readonly toRepository: string
  readonly tags: readonly string[]
}

/** How a program is called. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A program that tags or copies. */
export interface Program {
  readonly name: string
  readonly does: 'tag' | 'copy'
  /** Its version; undefined if it is not installed. */
  readonly version: string | undefined
  /** Returns the commands that do the work: most programs need one for each tag. */
  commands(work: Work): Command[]
}

/** The Node that runs Retag and the bare script. */
export const node = process.env.RETAG_NODE ?? process.execPath

const nodeVersion = versionOf(node, '--version')
const buildx = findBuildx()

const script = (path: string): string => join(import.meta.dirname, '..', path)
const from = ({ from: { host }, repository, source }: Work): string => `${host}/${repository}:${source}`
const to = ({ to: { host }, toRepository }: Work, tag: string): string => `${host}/${toRepository}:${tag}`
const plain = ({ from: { authority } }: Work, ...flags: string[]): string[] =>
  authority === undefined ? flags : []

/** Retag, once for each of the two kinds of work. */
export const retag: readonly Program[] = [
  {
    name: 'Retag',
    does: 'tag',
    version: nodeVersion,
    commands: (work: Work): Command[] => [{ file: node, args: [script('dist/index.js')], env: inputs(work) }]
  },
  {
    name: 'Retag',
    does: 'copy',
    version: nodeVersion,
    commands: (work: Work): Command[] => {
      const whole = { INPUT_SOURCE: from(work), INPUT_TARGET: work.tags.map(tag => to(work, tag)).join('\n') }
      return [{ file: node, args: [script('dist/index.js')], env: { ...inputs(work), ...whole } }]
    }
  }
]

/** The variants of the bare script; Retag is compared with the first. */
export const bareScripts: readonly Program[] = [
  bare('bare script'),
  bare('bare script, require', 'require'),
  bare('bare script, late', 'late')
]

function bare(name: string, ...args: string[]): Program {
  return {
    name,
    does: 'tag',
    version: nodeVersion,
    commands: (work: Work): Command[] => {
      const env = { ...inputs(work), BARE_LOGIN: work.from.login ?? '' }
      return [{ file: node, args: [script('bench/bare.mjs'), ...args], env }]
    }
  }
}

/** Other tools, installed or not. */
export const peers: readonly Program[] = [
  {
    name: 'oras tag',
    does: 'tag',
    version: versionOf('oras', 'version'),
    commands: (work: Work): Command[] =>
      work.repositories.map(repository => ({
        file: 'oras',
        args: ['tag', ...plain(work, '--plain-http'), from({ ...work, repository }), ...work.tags]
      }))
  },
  {
    name: 'docker buildx imagetools create',
    does: 'tag',
    version: versionOf(buildx, 'version'),
    commands: (work: Work): Command[] => {
      const tags = work.tags.flatMap(tag => ['--tag', to(work, tag)])
      return [{ file: buildx, args: ['imagetools', 'create', ...tags, from(work)] }]
    }
  },
  ...(['tag', 'copy'] as const).map(does =>
    perTag('skopeo copy --all', does, (work, tag) => [
      ...['--insecure-policy', 'copy', '--all', '--quiet'],
      ...plain(work, '--src-tls-verify=false', '--dest-tls-verify=false'),
      ...[`docker://${from(work)}`, `docker://${to(work, tag)}`]
    ])
  ),
  perTag('crane tag', 'tag', (work, tag) => ['tag', from(work), tag]),
  perTag('regctl image copy', 'tag', (work, tag) => ['image', 'copy', from(work), to(work, tag)]),
  perTag('oras cp', 'copy', (work, tag) => [
    ...['cp', ...plain(work, '--from-plain-http', '--to-plain-http')],
    ...[from(work), to(work, tag)]
  ]),
  perTag('crane copy', 'copy', (work, tag) => ['copy', from(work), to(work, tag)]),
  perTag('regctl image copy', 'copy', (work, tag) => ['image', 'copy', from(work), to(work, tag)])
]

function perTag(
  name: string,
  does: Program['does'],
  args: (work: Work, tag: string) => readonly string[]
): Program {
  const [file = ''] = name.split(' ')
  const commands = (work: Work): Command[] => work.tags.map(tag => ({ file, args: args(work, tag) }))
  return { name, does, version: versionOf(file, 'version') ?? versionOf(file, '--version'), commands }
}

/** The inputs of the action: those with a default, and required ones. */
function inputs({ from: { host }, repositories, source, tags }: Work): Record<string, string> {
  return {
    INPUT_REGISTRY: host,
    INPUT_REPOSITORY: repositories.join('\n'),
    INPUT_SOURCE: source,
    INPUT_TARGET: tags.join('\n'),
    'INPUT_DRY-RUN': 'false',
    INPUT_REFERRERS: 'true'
  }
}

function versionOf(file: string, argument: string): string | undefined {
  try {
    const said = execFileSync(file, [argument], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return /\d+(?:\.\d+)+\S*/.exec(said)?.[0]
  } catch {
    return undefined
  }
}

/** Finds buildx as a program of its own, or where Docker keeps its plugins. */
function findBuildx(): string {
  const folders = [`${homedir()}/.docker/cli-plugins`, '/usr/libexec/docker/cli-plugins']
  const files = ['docker-buildx', ...folders.map(folder => `${folder}/docker-buildx`)]
  return files.find(file => versionOf(file, 'version') !== undefined) ?? 'docker-buildx'
}
