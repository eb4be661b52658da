/**
 * What is done before the rest of the action is loaded (docs/adr/0013-connect-while-loading.md): the inputs are read, and connections
 * to their registries opened. Every module that this one imports delays them.
 */
import { apiOrigin } from '../oci/registry-host.ts'
import { referencesOf } from '../promotion/source.ts'
import { EarlyConnections } from '../registry/http/early-connections.ts'
import { type GivenInputs, readEnvironment } from './inputs/environment.ts'
import { listFolder } from './inputs/folder.ts'
import { type Inputs, readInputs } from './inputs/inputs.ts'
import { Mistakes } from './inputs/mistakes.ts'

/** The most registries that are connected to early, the first of a run. */
const MAXIMUM_EARLY = 32

/** What is known, and under way, before the rest of the action is loaded. */
export interface Beginning extends Pick<GivenInputs, 'secrets' | 'unknown'> {
  /** Returns the inputs. Throws as {@link readInputs} does. */
  readonly inputs: () => Inputs
  readonly early: EarlyConnections
}

/** Reads the inputs, and begins to connect to the registries that they name if nothing is wrong with them. Says nothing. */
export function begin(env: NodeJS.ProcessEnv): Beginning {
  const mistakes = new Mistakes()
  const { read, secrets, unknown } = readEnvironment(env, mistakes)
  const early = new EarlyConnections(env)
  const inputs = attempt(() => readInputs(read, { mistakes, listFolder }))
  for (const origin of inputs.value ? originsOf(inputs.value) : []) early.open(new URL(origin))
  return { secrets, unknown, inputs: inputs.get, early }
}

/** Returns the origins of the registries of a run, those of the sources first. */
function originsOf({ request: { promotions }, insecure }: Inputs): string[] {
  const images = [
    ...promotions.flatMap(({ source }) => referencesOf(source)),
    ...promotions.flatMap(({ targets }) => targets)
  ]
  const origins = new Set(images.map(({ repository }) => apiOrigin(repository.registry, insecure)))
  return [...origins].slice(0, MAXIMUM_EARLY)
}

/** Does something now; `get` returns the result, or throws what it threw. */
function attempt<T>(work: () => T): { readonly value?: T; readonly get: () => T } {
  try {
    const value = work()
    return { value, get: () => value }
  } catch (error) {
    return {
      get: () => {
        throw error
      }
    }
  }
}
