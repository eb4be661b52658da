/**
 * Benchmarks Retag against the other programs on PATH and a bare Node script, in turns, on the same work:
 *
 *     npm run build && npm run bench
 *     npm run bench -- --only far --runs 21      the cases whose names match a pattern, and how many runs of each
 *     npm run bench -- --programs 'Retag|oras'   the programs whose names match a pattern
 *     npm run bench -- --markdown                the tables in Markdown
 *
 * RETAG_NODE names another Node than this one to run Retag and the script on. Needs Linux and python3; the largest copies need
 * 3 GB of disk.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { cases } from './cases.ts'
import { DELAY } from './place.ts'
import { peers, retag } from './programs.ts'
import { runCase } from './run-case.ts'
import { tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    programs: { type: 'string', default: '' },
    runs: { type: 'string', default: '9' },
    markdown: { type: 'boolean', default: false }
  }
})
const runs = Number(values.runs)
const pattern = new RegExp(values.only)

function names(isInstalled: boolean): string {
  const list = peers.filter(({ version }) => (version !== undefined) === isInstalled)
  return [...new Set(list.map(({ name, version = '' }) => `${name} ${version}`.trim()))].join(', ') || 'none'
}

console.log(`Retag on Node ${retag[0]?.version ?? 'none'}; found: ${names(true)}; not found: ${names(false)}.
${cpus().length.toString()} × ${cpus()[0]?.model ?? 'CPU'}; ${runs.toString()} runs of each, in turns, after one that is not counted.
Far is ${DELAY.toString()} ms a round trip, with TLS and tokens. Connections: in all (most at once).
`)
for (const of of cases.filter(({ name }) => pattern.test(name)))
  console.log(
    tableOf(of, await runCase(of, { runs, programs: new RegExp(values.programs) }), values.markdown)
  )
