/** Shows the action's output as the runner does: commands processed, secrets masked. */

import { unescapeCommand } from '../testing/run-action.ts'

/** What the runner makes of an action's output. */
export interface RunnerLog {
  /** What everybody sees. */
  readonly shown: string
  /** What is seen with debug logging. */
  readonly debug: readonly string[]
}

/** Processes the workflow commands in an action's output; secrets that it declares, and given ones, become `***`. */
export function readRunnerLog(output: string, secrets: readonly string[]): RunnerLog {
  const lines = output.trimEnd().split('\n')
  const declared = lines.flatMap(line => argumentOf(line, 'add-mask') ?? []).map(unescapeCommand)
  const masked = [...declared, ...secrets].filter(secret => secret !== '')
  const mask = (text: string): string => masked.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  return {
    shown: mask(lines.flatMap(show).join('\n')),
    debug: lines.flatMap(line => argumentOf(line, 'debug') ?? []).map(line => mask(unescapeCommand(line)))
  }
}

function show(line: string): string[] {
  const [, level, title, message] = /^::(error|warning|notice)(?: title=(.*?))?::(.*)$/.exec(line) ?? []
  if (level !== undefined)
    return [`${capitalized(level)}: ${unescapeCommand(title ?? '')}`, unescapeCommand(message ?? '')]
  return line.startsWith('::') ? [] : [line]
}

function argumentOf(line: string, command: string): string | undefined {
  const start = `::${command}::`
  return line.startsWith(start) ? line.slice(start.length) : undefined
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
