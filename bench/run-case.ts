/** Runs all programs of a case in turns, so that other load on the machine affects them equally. */
import type { Image } from '../testing/images.ts'
import { pull, push } from '../testing/push.ts'
import type { Case } from './cases.ts'
import { type Cost, measure } from './measure.ts'
import { DELAY, type Place, startFar, startOpen } from './place.ts'
import { type Program, type Work, bareScripts, peers, retag } from './programs.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The runs of one program in a case. */
export interface Result {
  readonly program: Program
  readonly costs: Cost[]
}

const REPOSITORY = 'acme/app'
const SOURCE = 'sha-1'
// Programs that are called once for each tag take many times as long; they run once.
const FEW_RUNS = 1
const MANY_TAGS = 100

/** Options of a case. */
export interface Extent {
  /** How many runs of each program are counted, after a first one that is not. */
  readonly runs: number
  /** The programs to run, by name. */
  readonly programs: RegExp
}

/** Runs a case. Throws if a program fails or leaves another state than it should. */
export async function runCase(of: Case, { runs, programs }: Extent): Promise<Result[]> {
  return temporaryFolder(async home => {
    const from = await (of.kind === 'far' ? startFar(home) : startOpen(delayOf(of)))
    try {
      const scene = { of, from, home, built: of.image() }
      await pushAll(scene)
      const able = programsOf(of).filter(({ name }) => programs.test(name))
      const results = able.map((program): Result => ({ program, costs: [] }))
      const count = Math.max(Math.ceil(runs * (of.share ?? 1)), 1)
      for (let run = 0; run <= count; run++)
        for (const { program, costs } of results) {
          if (of.tags > 1 && isPerTag(program) && run !== FEW_RUNS) continue
          const cost = await runOnce(program, scene, run)
          if (run > 0) costs.push(cost)
        }
      return results
    } finally {
      await from.close()
    }
  })
}

async function pushAll({ of, from, built }: Scene): Promise<void> {
  const right = of.isRight === true ? tagsOf(of, 'right') : []
  for (const repository of repositoriesOf(of))
    await push(await from.repository(repository), built, [SOURCE, ...right])
}

/** The installed programs that can do the work of a case. */
function programsOf({ kind, tags, images = 1 }: Case): Program[] {
  const does = ['mount', 'copy', 'far copy'].includes(kind) ? 'copy' : 'tag'
  const bare =
    kind === 'far' ? bareScripts.filter(({ name }) => !name.includes('require')) : bareScripts.slice(0, 2)
  return [...(does === 'tag' ? bare : []), ...retag, ...peers]
    .filter(program => program.does === does && program.version !== undefined)
    .filter(program => (tags < MANY_TAGS && images === 1) || !isPerTag(program))
    .filter(({ name }) => images === 1 || !name.startsWith('docker'))
}

interface Scene {
  readonly of: Case
  readonly from: Place
  readonly home: string
  readonly built: Image
}

function isBetweenTwo({ kind }: Case): boolean {
  return kind === 'copy' || kind === 'far copy'
}

/** Returns the round-trip time of open registries, in milliseconds. */
function delayOf({ kind }: Case): number {
  return kind === 'far copy' ? DELAY : 0
}

/** Whether a program has to be called once for each tag. */
function isPerTag(program: Program): boolean {
  return ['skopeo', 'crane', 'regctl'].some(name => program.name.startsWith(name))
}

async function runOnce(program: Program, scene: Scene, run: number): Promise<Cost> {
  const { of, from, home, built } = scene
  // A registry that is copied to has no part of the image.
  const to = isBetweenTwo(of) ? await startOpen(delayOf(of)) : from
  try {
    const id = `${program.name.replaceAll(/\W+/g, '-').toLowerCase()}-${run.toString()}`
    const toRepository = of.kind === 'mount' ? `acme/${id}` : REPOSITORY
    const tags = tagsOf(of, of.isRight === true ? 'right' : id)
    const repositories = repositoriesOf(of)
    const where = { from, to, repository: REPOSITORY, repositories, toRepository }
    const work: Work = { ...where, source: SOURCE, tags }
    const cost = await measure(program, work, home)
    const place = await to.repository(repositories.length > 1 ? (repositories.at(-1) ?? '') : toRepository)
    for (const tag of tags.slice(-1))
      if ((await pull(place, tag))?.digest !== built.digest)
        throw new Error(`${program.name} did something else in "${of.name}"`)
    await to.take()
    return cost
  } finally {
    if (to !== from) await to.close()
  }
}

function repositoriesOf({ images = 1 }: Case): string[] {
  return [REPOSITORY, ...Array.from({ length: images - 1 }, (_, number) => `acme/app-${number.toString()}`)]
}

function tagsOf({ tags }: Case, prefix: string): string[] {
  return Array.from({ length: tags }, (_, number) => `${prefix}-${number.toString()}`)
}
