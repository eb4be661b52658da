/** Plays an act: runs the action and shows everything that a job would show. */
import type { RegistryServer } from '../testing/registry-server.ts'
import { runAction } from '../testing/run-action.ts'
import { type Act, differences } from './act.ts'
import { renderMarkdown } from './markdown.ts'
import { readRunnerLog } from './runner-log.ts'
import { WIDTH, fold, heading, pairs, section, styled } from './terminal.ts'

// What reaching a registry may depend on; the action gets nothing else from this environment.
const network = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy', 'NODE_EXTRA_CA_CERTS']

/** How much of an output is shown, in UTF-16 code units. */
const LONGEST_OUTPUT = 240

/** Plays an act; returns whether it ended as expected. Requests are those that `registry` got, else those in the log. */
export async function play(act: Act, registry?: RegistryServer): Promise<boolean> {
  registry?.clearLog()
  const { password = '' } = act.inputs
  const run = await runAction(act.inputs, { env: networkOf(process.env) })
  const { shown, debug } = readRunnerLog(run.log, [password])
  const requests = registry?.log.map(({ line }) => line) ?? debug.flatMap(requestIn)
  const found = differences(act, { run, requests })
  const inputs = { ...act.inputs, ...(password !== '' && { password: '***' }) }
  const parts = [
    `${heading(act.title, '═')}\n${fold(act.introduction, WIDTH)}`,
    section('Inputs', pairs(inputs)),
    section('Log', fold(shown, WIDTH - 2)),
    section('Requests to the registry', requests.join('\n')),
    section('Outputs', pairs(mapValues(run.outputs, brief))),
    section('Job summary', renderMarkdown(run.summary)),
    verdict(act, found)
  ]
  console.log(`${parts.join('\n\n')}\n`)
  return found.length === 0
}

function mapValues(
  values: Readonly<Record<string, string>>,
  change: (value: string) => string
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}

/** The beginning of a long value: the JSON of a report fills a page. */
function brief(value: string): string {
  const hidden = value.length - LONGEST_OUTPUT
  return hidden > 0 ? `${value.slice(0, LONGEST_OUTPUT)}… and ${hidden.toString()} more characters` : value
}

function verdict({ expected }: Act, found: readonly string[]): string {
  return found.length === 0
    ? styled('green', `✔ As it should be: ${expected.words}.`)
    : styled('red', `✘ Not as it should be: ${found.join('; ')}.`)
}

/** The request in a debug line, without size and time. */
function requestIn(line: string): string[] {
  return /^[A-Z]+ \S+ → \d+/.exec(line)?.slice(0, 1) ?? []
}

function networkOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = network.map(name => [name, env[name] ?? ''] as const).filter(([, value]) => value !== '')
  return Object.fromEntries(set)
}
