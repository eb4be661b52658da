/**
 * Shows the built action at work: `npm run demo`. Exits with 1 if a run ended differently than it should, with 2 if the command
 * line is wrong.
 */
import { startRegistry } from '../testing/registry-server.ts'
import type { Act } from './act.ts'
import { actsIn, furnish } from './acts.ts'
import { type ActionInputs, type Options, help, readOptions } from './options.ts'
import { play } from './play.ts'

const options = optionsOf(process.argv.slice(2))
process.exitCode = options === undefined ? 2 : (await demo(options)) ? 0 : 1

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    return readOptions(args, process.env)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`)
    return undefined
  }
}

/** Runs what the command line asks for; returns whether everything went as expected. */
async function demo(wanted: Options): Promise<boolean> {
  switch (wanted.kind) {
    case 'help':
      console.log(help)
      return true
    case 'registry':
      return play(actOf(wanted.inputs))
    case 'own-registry':
      return playAll()
  }
}

/** Plays all acts in a registry that it starts. */
async function playAll(): Promise<boolean> {
  const registry = await startRegistry()
  try {
    await furnish(registry)
    console.log(`A small registry runs on ${registry.host} until the demo ends.\n`)
    const played: boolean[] = []
    for (const act of actsIn(registry)) played.push(await play(act, registry))
    return played.every(Boolean)
  } finally {
    await registry.close()
  }
}

function actOf(inputs: ActionInputs): Act {
  return {
    title: `${inputs.registry ?? ''}/${inputs.repository ?? ''}`,
    introduction: 'A registry of yours.',
    inputs,
    expected: { exitCode: 0, words: 'the step succeeded' }
  }
}
