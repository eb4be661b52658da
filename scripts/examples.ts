/**
 * The examples in our documents, copied from the workflows in examples/: a comment names the workflow and the part of it that
 * the block below shows.
 *
 *     <!-- example: examples/promote.yml -->         the whole workflow
 *     <!-- example: examples/quay.yml, job -->       of its last job, all below `runs-on`
 *     <!-- example: examples/quay.yml, steps -->     of its last job, the steps
 */

const MARKED = /^<!-- example: (?<path>\S+?)(?:, (?<part>job|steps))? -->\n\n```yaml\n[\s\S]*?^```$/gm

/** Gives the text of the workflow at a path, from the root of the repository. */
export type ReadWorkflow = (path: string) => string

/** Fills the block below each mark. Throws if a workflow lacks the part that a mark names. */
export function withExamples(document: string, read: ReadWorkflow): string {
  return document.replace(MARKED, (block: string, path: string, part?: string) => {
    const [mark = ''] = block.split('\n')
    return `${mark}\n\n\`\`\`yaml\n${partOf(read(path), part).trim()}\n\`\`\``
  })
}

/** Lists the paths of the workflows that a document shows. */
export function examplesIn(document: string): string[] {
  return [...document.matchAll(MARKED)].map(({ groups }) => groups?.path ?? '')
}

/** Lists the blocks of a document that use Retag but have no mark. */
export function unmarkedExamples(document: string): string[] {
  const blocks = [...document.replace(MARKED, '').matchAll(/^```ya?ml\n[\s\S]*?^```$/gm)].map(
    ([block]) => block
  )
  return blocks.filter(block => block.includes('uses: retag/retag'))
}

function partOf(workflow: string, part: string | undefined): string {
  if (part === undefined) return workflow
  return part === 'job' ? below(workflow, /^ {4}runs-on: .*$/gm, 4) : below(workflow, /^ {4}steps:$/gm, 6)
}

/** What follows the last line that matches, with some columns of indentation removed. */
function below(workflow: string, line: RegExp, columns: number): string {
  const last = [...workflow.matchAll(line)].at(-1)
  if (last === undefined) throw new Error(`the workflow has no line ${line.source}:\n${workflow}`)
  return workflow
    .slice(last.index + last[0].length + 1)
    .split('\n')
    .map(text => text.slice(columns))
    .join('\n')
}
