/**
 * The fault matrix: the built action runs a job against real registries for each of its requests and each fault, which occurs once
 * or permanently. `npm run faults` prints the tables of docs/reliability.md; it takes about half an hour.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Fault, faults } from '../testing/faults.ts'
import { type Job, copying, promotingSet, retagging } from './job.ts'
import { type Cell, counts, table } from './table.ts'
import { type Strike, attempt } from './trial.ts'

const AT_ONCE = 12
const BEGIN = '<!-- matrix: made by "npm run faults" -->\n\n<!-- prettier-ignore-start -->'
const END = '<!-- prettier-ignore-end -->\n\n<!-- matrix end -->'

/** Runs a job with every fault; returns its section of the document. */
async function examine(job: Job, prefix: string): Promise<string> {
  const plain = await attempt(job, `${prefix}/plain`)
  if (plain.end !== 'done') throw new Error(`without a fault: ${plain.end}\n${plain.run?.log ?? ''}`)
  const requests = oneOfEachKind(plain.requests)
  const strikes = requests.flatMap(request =>
    faults.flatMap((fault: Fault) =>
      (['once', 'always'] as const).map((lasts): Strike => ({ request, fault, lasts }))
    )
  )
  const cells: Cell[] = []
  const queue = strikes.entries()
  const worker = async (): Promise<void> => {
    for (const [index, strike] of queue) {
      const trial = await attempt(job, `${prefix}/${index.toString()}`, strike)
      cells.push({ strike, trial })
      if (trial.end === 'WRONG REPORT' || trial.end === 'NO END')
        say(`\n${trial.end}: ${JSON.stringify(strike)}\n${trial.run?.log ?? ''}`)
      else if (cells.length % 50 === 0) say(`${cells.length.toString()} of ${strikes.length.toString()}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return [`### ${job.title}`, counts(cells), table(requests, cells)].join('\n\n')
}

/** Keeps one of the requests that differ only in digests. */
function oneOfEachKind(requests: readonly string[]): readonly string[] {
  const kindOf = (request: string): string =>
    request.replace(/[0-9a-f]{64}(?:\.\w+)?/g, '…').replace(/(uploads\/) \(\d+\)$/, '$1')
  const kinds = requests.map(kindOf)
  return requests.filter((_, index) => kinds.indexOf(kinds[index] ?? '') === index)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

const sections: string[] = []
for (const [index, start] of [retagging, copying, promotingSet].entries()) {
  const job = await start()
  try {
    sections.push(await examine(job, `job${index.toString()}`))
  } finally {
    await job.close()
  }
}
const matrix = sections.join('\n\n')
process.stdout.write(`${matrix}\n`)
const document = join(import.meta.dirname, '..', 'docs', 'reliability.md')
const text = await readFile(document, 'utf8')
const [head = '', rest = ''] = text.split(BEGIN)
await writeFile(document, `${head}${BEGIN}\n\n${matrix}\n\n${END}${rest.split(END)[1] ?? ''}`)
if (matrix.includes('**')) process.exitCode = 1
