/** Tries the built action out in a registry: one act after the other, each with what must be true after it. */
import { image, indexOf, referrerOf } from '../testing/images.ts'
import { push } from '../testing/push.ts'
import { startRegistry } from '../testing/registry-server.ts'
import { type ActionRun, runAction } from '../testing/run-action.ts'
import type { Act } from './acts.ts'
import { type Repository, digestOfTag } from './tag-reader.ts'

/** How an act ended; `problems` is empty when it ended well. */
export interface Result {
  readonly title: string
  readonly problems: readonly string[]
  /** What the action printed. */
  readonly log: string
}

const release = (version: string) =>
  indexOf(
    ['linux/amd64', 'linux/arm64'].map(platform =>
      image({ platform, seed: version, labels: { 'org.opencontainers.image.version': version } })
    )
  )
const images = { older: release('1.0.0'), newer: release('1.1.0') }
/**
 * Plays acts in a repository, which need not exist. They leave the tags `retag-trial`, `retag-trial-older` and
 * `retag-trial-newer` there, the same after each run.
 */
export async function tryOut(repository: Repository, acts: readonly Act[]): Promise<Result[]> {
  const home = await startRegistry()
  try {
    const workshop = { base: home.base, repository: 'acme/app' }
    for (const [name, built] of Object.entries(images)) await push(workshop, built, [name])
    await push(workshop, referrerOf(images.older, { seed: 'sbom' }), [])
    const results: Result[] = []
    for (const act of acts) results.push(await play(act, repository, `${home.host}/acme/app`))
    return results
  } finally {
    await home.close()
  }
}

async function play(act: Act, repository: Repository, workshop: string): Promise<Result> {
  const { host, protocol } = new URL(repository.base)
  const name = act.repository ?? repository.name
  const targets = act.targets.map(tag => `${host}/${name}:${tag}`)
  const run = await runAction(
    {
      registry: host,
      repository: repository.name,
      'insecure-registries': protocol === 'http:' ? host : '',
      ...repository.login,
      ...act.inputs,
      source: sourceOf(act, workshop),
      target: targets.join('\n')
    },
    { timeoutMs: 300_000 }
  )
  const left = await digestOfTag({ ...repository, name }, 'retag-trial')
  return { title: act.title, problems: problemsOf(act, run, left), log: run.log }
}

function sourceOf({ source, from }: Act, workshop: string): string {
  switch (from) {
    case 'workshop':
      return `${workshop}:${source}`
    case 'tag':
      return source
    case 'digest':
      return images.older.digest
  }
}

function problemsOf(act: Act, run: ActionRun, left: string | undefined): string[] {
  const outcomes = (run.report?.targets ?? []).map(({ outcome }) => outcome)
  const wanted = images[act.leaves].digest
  return [
    ...(run.exitCode === act.exitCode ? [] : [`the exit code is ${run.exitCode.toString()}`]),
    ...(outcomes.some(outcome => act.outcomes.includes(outcome))
      ? []
      : [`the outcome is ${outcomes.join(', ')}`]),
    ...(left === wanted ? [] : [`the tag points to ${left ?? 'nothing'}, not to ${wanted}`])
  ]
}
