/** Reads the inputs from the environment. The runner hands over all that a step says, inputs that action.yml does not have too. */
import type { PromotionError } from '../../oci/errors.ts'
import { printable } from '../../oci/printable.ts'
import { type InputName, type ReadInput, inputDefaults, inputNames, secretInputs } from './known-inputs.ts'
import { type Mistakes, wrong } from './mistakes.ts'
import { type Meant, meantBy } from './similar-names.ts'

/** The inputs of a run. */
export interface GivenInputs {
  readonly read: ReadInput
  /** Values that nobody may see, those of misspelt inputs too. */
  readonly secrets: readonly string[]
  /** Names that are no inputs and resemble none, ready to print. */
  readonly unknown: readonly string[]
}

/** A variable that is no input, and what it means. */
interface Stray {
  readonly variable: string
  /** As a workflow has it: the runner turns it into upper case. */
  readonly name: string
  readonly value: string
  readonly meant: Meant | undefined
}

const PREFIX = /^INPUT_(?=.)/

/**
 * Reads the inputs as the runner names them: `INPUT_`, then the name in upper case, with `_` for blanks. An input whose variable does
 * not exist (another runner, a local run) has its default. A name that resembles an input goes to `mistakes`, and its value is read as
 * that input's, so that what is wrong with it is found too.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  mistakes: Mistakes
): GivenInputs {
  const known = new Map(inputNames.map(name => [variableOf(name), name]))
  const strays = Object.entries(env).flatMap(([variable, value = '']): Stray[] => {
    if (!PREFIX.test(variable) || known.has(variable)) return []
    const name = variable.replace(PREFIX, '').toLowerCase()
    return [{ variable, name, value: value.trim(), meant: meantBy(name) }]
  })
  for (const stray of strays) {
    const { meant } = stray
    if (meant) mistakes.add(meant.input, mistakeOf(stray, meant))
  }
  const read: ReadInput = name => {
    const value = env[variableOf(name)]?.trim() ?? inputDefaults[name]
    const isUntouched = value === '' || value === inputDefaults[name]
    return (isUntouched ? misspeltValue(strays, name) : undefined) ?? value
  }
  return {
    read,
    secrets: [...secretInputs.map(read), ...strays.flatMap(secretsIn)].filter(secret => secret !== ''),
    unknown: strays.filter(({ meant }) => meant === undefined).map(({ name }) => printable(name))
  }
}

function variableOf(name: InputName): string {
  return `INPUT_${name.toUpperCase()}`
}

function misspeltValue(strays: readonly Stray[], name: InputName): string | undefined {
  return strays.find(({ meant }) => meant?.isSure && meant.input === name)?.value
}

function secretsIn({ meant, value }: Stray): string[] {
  return meant && secretInputs.includes(meant.input) ? [value] : []
}

function mistakeOf({ variable, name }: Stray, { input, advice }: Meant): PromotionError {
  const shown = printable(variable)
  if (name === input)
    return wrong(`the variable ${shown} is not in upper case`, `Write ${variableOf(input)}.`)
  return wrong(
    `"${printable(name)}" is not an input of Retag`,
    `${advice} If the step does not have it, rename the environment variable ${shown}.`
  )
}
