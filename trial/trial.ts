/** Tries the built action out in a registry: one act at a time, each with what must be true after it. */
import { push } from '../testing/push.ts'
import { startRegistry } from '../testing/registry-server.ts'
import { type ActionRun, runAction } from '../testing/run-action.ts'
import type { Act } from './acts.ts'
import { type Version, sbom, signature, signatureTag, versions } from './images.ts'
import { type Repository, digestOf, referrersOf } from './reader.ts'

/** How an act ended; `problems` is empty when it ended well. */
export interface Result {
  readonly title: string
  readonly problems: readonly string[]
  /** What the action printed. */
  readonly log: string
}

/** Plays acts in a repository, which need not exist. They leave the same tags there after each run; all begin with `retag-trial`. */
export async function tryOut(repository: Repository, acts: readonly Act[]): Promise<Result[]> {
  const home = await startRegistry()
  try {
    const workshop = { base: home.base, repository: 'acme/app' }
    for (const [name, built] of Object.entries(versions)) await push(workshop, built, [name])
    await push(workshop, sbom, [])
    await push(workshop, signature, [signatureTag])
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
  const problems = [...problemsOf(act, run), ...(await problemsIn({ ...repository, name }, act))]
  return { title: act.title, problems, log: run.log }
}

function sourceOf({ source, from }: Act, workshop: string): string {
  switch (from) {
    case 'workshop':
      return `${workshop}:${source}`
    case 'tag':
      return source
    case 'digest':
      return versions.older.digest
  }
}

function problemsOf(act: Act, run: ActionRun): string[] {
  const outcomes = (run.report?.targets ?? []).map(({ outcome }) => outcome)
  return [
    ...(run.exitCode === act.exitCode ? [] : [`the exit code is ${run.exitCode.toString()}`]),
    ...(outcomes.some(outcome => act.outcomes.includes(outcome))
      ? []
      : [`the outcome is ${outcomes.join(', ')}`])
  ]
}

/** Reads everything back that must be in the repository. */
async function problemsIn(repository: Repository, { leaves, isComplete = false }: Act): Promise<string[]> {
  const problems: string[] = []
  const expect = async (reference: string, digest: string): Promise<void> => {
    const found = await digestOf(repository, reference)
    if (found !== digest) problems.push(`${reference} is ${found ?? 'nothing'}, not ${digest}`)
  }
  for (const [tag, version] of Object.entries(leaves)) await expect(tag, versions[version].digest)
  for (const version of new Set<Version>(Object.values(leaves)))
    for (const { digest } of versions[version].children) await expect(digest, digest)
  if (!isComplete) return problems
  await expect(signatureTag, signature.digest)
  await expect(sbom.digest, sbom.digest)
  const listed = await referrersOf(repository, versions.older.digest)
  if (!listed.includes(sbom.digest))
    problems.push(`what refers to the image is [${listed.join(', ')}], without the SBOM`)
  return problems
}
